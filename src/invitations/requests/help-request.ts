import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, queryRow } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { type HelpKind, ONE_OPEN_SQL } from './invitation-request.ts';

/** What the person wrote, as far as the kind of request asks for it. Empty texts count as missing. */
export type RequesterDetails = Readonly<
  Partial<{
    name: string;
    schoolName: string;
    lastYear: number | null;
    center: string;
    newEmail: string;
    note: string;
  }>
>;

/** The invitation whose link the person opened, or the account of a member. */
type Requester = Readonly<{ email: string; invitationId?: string | null; accountId?: string | null }>;

/**
 * Stores a request for staff. A newer one replaces what an open one says. It looks nothing up and changes nothing else,
 * so neither the response nor its time reveals anything about a new address.
 * @throws InvalidInput if the person's own address is the shared one
 */
export async function requestHelp(
  kind: HelpKind,
  { email, invitationId = null, accountId = null }: Requester,
  details: RequesterDetails,
  actor: Actor,
): Promise<void> {
  const { newEmail = null, lastYear = null } = details;
  if (kind === 'shared-address' && newEmail?.toLowerCase() === email.toLowerCase())
    throw new InvalidInput({ newEmail: t('registration:help.errors.sharedAddress') });
  await inTransaction(async () => {
    const request = await queryRow<{ id: string }>(
      `insert into invitation_requests as r (kind, email, invitation_id, account_id, name, school_name, last_year, center,
         new_email, note)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict ${ONE_OPEN_SQL}
       do update set request_count = r.request_count + 1, last_requested_at = now(),
         invitation_id = excluded.invitation_id, name = excluded.name, school_name = excluded.school_name,
         last_year = excluded.last_year, center = excluded.center, new_email = excluded.new_email, note = excluded.note
       returning id`,
      [
        kind,
        email,
        invitationId,
        accountId,
        details.name || null,
        details.schoolName || null,
        lastYear,
        details.center || null,
        newEmail,
        details.note || null,
      ],
    );
    if (!request) throw new Error('the request was not stored');
    const event = { action: 'invitation-request.created', subject: 'invitation-request' } as const;
    await recordEvent(actor, { ...event, subjectId: request.id, detail: { kind, invitationId } });
  });
}
