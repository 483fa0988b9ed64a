import type { Attributes } from 'sequelize';
import { type Actor, recordAll } from '../audit/audit.ts';
import { Conflict, Invalid, NotFound } from '../errors.ts';
import { date } from '../web/view.ts';
import type { Reason } from './eligibility.ts';
import { explain } from './eligibility-words.ts';
import { MOST_DAYS_AHEAD } from './extension.ts';
import { Invitation } from './invitation.ts';
import { statusOf } from './status.ts';

/** An invitation that is about to change, held until the transaction ends. */
export type Held = Attributes<Invitation>;

/** How often support may send an invitation again in 24 hours. */
export const MOST_RESENDS_A_DAY = 3;

/** Why an operation left an invitation alone. */
export type SkipReason =
  | 'accepted'
  | 'revoked'
  | 'declined'
  | 'blocked'
  | 'recent'
  | 'often'
  | 'longest'
  | 'superseded'
  | 'gone';

export type Skipped = Readonly<{
  id: string;
  why: SkipReason;
  invitation?: Held;
  reasons?: readonly Reason[];
}>;

/** What an operation did to many invitations. */
export type Changed<Done> = Readonly<{ done: Done[]; skipped: Skipped[] }>;

/**
 * Holds invitations in the order of their ids, so that two operations wait for each other instead of deadlocking.
 * @returns the open ones, and why the others can't be changed
 */
export async function holdOpen(ids: readonly string[]): Promise<Changed<Held>> {
  const found = await Invitation.findAll({
    where: { id: [...ids] },
    order: [['id', 'ASC']],
    lock: true,
  });
  const byId = new Map(found.map((invitation) => [invitation.id, invitation.get()]));
  const done: Held[] = [];
  const skipped: Skipped[] = [];
  for (const id of new Set(ids)) {
    const invitation = byId.get(id);
    const why = invitation ? whyClosed(invitation) : 'gone';
    if (why) skipped.push({ id, why, ...(invitation && { invitation }) });
    else if (invitation) done.push(invitation);
  }
  return { done, skipped };
}

function whyClosed(invitation: Held): 'accepted' | 'revoked' | 'declined' | null {
  const status = statusOf(invitation);
  return status === 'pending' || status === 'expired' ? null : status;
}

/** What was done to the only invitation that was given. @throws NotFound; Conflict where it was skipped */
export function onlyOne<Done>({ done: [one], skipped: [left] }: Changed<Done>, verb: string): Done {
  if (one !== undefined) return one;
  if (!left || left.why === 'gone') throw new NotFound('There is no such invitation.');
  if (left.why === 'longest')
    throw new Invalid({ days: `It is valid for ${MOST_DAYS_AHEAD} days already, the longest there is` });
  throw new Conflict(`It can’t be ${verb}: ${whySkipped(left)}`);
}

function whySkipped({ why, invitation, reasons = [] }: Skipped): string {
  if (why === 'blocked') return reasons.map(explain).join(' ');
  if (why === 'accepted' && invitation?.acceptedAt)
    return `it was accepted on ${date(invitation.acceptedAt)}.`;
  if (why === 'revoked' && invitation?.revokedAt) return `it was revoked on ${date(invitation.revokedAt)}.`;
  if (why === 'declined' && invitation?.declinedAt)
    return `it was declined on ${date(invitation.declinedAt)}.`;
  if (why === 'recent') return 'it was sent a few minutes ago.';
  if (why === 'often')
    return `it was sent again ${MOST_RESENDS_A_DAY} times within a day. An administrator can still do it.`;
  return 'it has no link that could work for longer. Send it again instead.';
}

/** Records what was done to each of some invitations. */
export function recordEach<Done extends Readonly<{ id: string }>>(
  verb: 'created' | 'resent' | 'revoked' | 'extended' | 'address-corrected',
  list: readonly Done[],
  detailOf: (one: Done) => Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  const subjects = list.map((one) => ({ subjectId: one.id, detail: detailOf(one) }));
  return recordAll(actor, { action: `invitation.${verb}`, subject: 'invitation' }, subjects);
}
