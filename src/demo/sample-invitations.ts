import type { Place } from './sample-circles.ts';
import { fateColumns, remindersOf, type Told } from './sample-letters.ts';
import type { PastEvent, Row, Visitor } from './sample-past.ts';
import { VALID_DAYS } from './sample-stories.ts';

/** What else is known of an invitation. */
export type Around = Readonly<{
  adminId: string;
  /** The account that came of it. */
  accountId: string | null;
  place: Place | null;
}>;

export function invitationRow(told: Told, { adminId, accountId, place }: Around, now: Date): Row {
  const { story, id, reference } = told;
  const { ending, endedAt, expiresAt, reason } = story;
  const isOver = endedAt === null && expiresAt < now;
  const reminders = remindersOf(story, now);
  return {
    id,
    reference,
    email: story.household.email,
    message: story.message,
    validity_days: VALID_DAYS,
    created_at: story.createdAt,
    expires_at: expiresAt,
    accepted_at: ending === 'accepted' ? endedAt : null,
    accepted_by: accountId,
    revoked_at: ending === 'revoked' ? endedAt : null,
    revoked_by: ending === 'revoked' ? adminId : null,
    revoked_reason: ending === 'revoked' ? reason : null,
    declined_at: ending === 'declined' ? endedAt : null,
    declined_reason: ending === 'declined' ? reason : null,
    invited_by: adminId,
    opened_at: story.openedAt,
    expiry_noted_at: isOver ? new Date(expiresAt.getTime() + 30_000) : null,
    reminded_at: reminders.before,
    expiry_reminded_at: reminders.after,
    group_id: place?.groupId ?? null,
    group_role: place?.role ?? null,
    group_invited_by: place ? adminId : null,
    ...fateColumns(told),
  };
}

/** The audit of an invitation but for its acceptance, which is told with the account. */
export function invitationEvents(
  { story, id }: Told,
  { place, adminId }: Around,
  admin: Visitor,
  holder: Visitor,
): PastEvent[] {
  const about = { subject: 'invitation', subjectId: id } as const;
  const { ending, endedAt, reason, delivery, resentAt } = story;
  const byAdmin = { ...about, actor: 'account', accountId: adminId, ...admin } as const;
  const group = place && { groupId: place.groupId, groupRole: place.role };
  const detail = { delivery, validityDays: VALID_DAYS, staffRole: null, ...group };
  const events: PastEvent[] = [{ ...byAdmin, at: story.createdAt, action: 'invitation.created', detail }];
  if (resentAt)
    events.push({
      ...about,
      at: resentAt,
      actor: 'system',
      action: 'invitation.resent',
      detail: { delivery },
    });
  if (endedAt && ending === 'revoked')
    events.push({ ...byAdmin, at: endedAt, action: 'invitation.revoked', detail: { reason } });
  if (endedAt && ending === 'declined')
    events.push({
      ...about,
      ...holder,
      at: endedAt,
      actor: 'visitor',
      action: 'invitation.declined',
      detail: { reason },
    });
  return events;
}
