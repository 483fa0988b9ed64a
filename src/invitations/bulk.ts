import { type Actor, recordAll } from '../audit/audit.ts';
import { rows } from '../database.ts';
import { queueMails } from '../mail/messages.ts';
import { extendedExpirySql, renewedExpirySql } from './extension.ts';
import { issueLinks } from './link.ts';

/** Why one of many is left out. */
export type SkipReason =
  | 'accepted'
  | 'revoked'
  | 'declined'
  | 'bounced'
  | 'unwanted'
  | 'recent'
  | 'longest'
  | 'superseded'
  | 'gone';

export type Skipped = Readonly<{ id: string; why: SkipReason }>;

/** What is done to each of some invitations, in a few statements. @returns those that were left out */
export type BulkVerb = (
  ids: readonly string[],
  given: Readonly<{ bulkActId: string; reason: string | null; days: number | null }>,
  actor: Actor,
) => Promise<Skipped[]>;

type Judged = Readonly<{ id: string; email: string; reference: string; why: SkipReason | null }>;

/** Minutes in which nobody gets a second mail from a bulk act: two people may press the button, or one twice. */
export const MINUTES_BETWEEN_MAILS = 10;

const CLOSED = `when i.accepted_at is not null then 'accepted' when i.revoked_at is not null then 'revoked'
  when i.declined_at is not null then 'declined'`;

/** Sends open ones again. A bounced address must be corrected first, and who asked us to stop is left in peace. */
export const resendAll: BulkVerb = async (ids, { bulkActId }, actor) => {
  const judged = await judge(
    ids,
    `${CLOSED} when i.bounced_at is not null then 'bounced'
     when exists (select from invitations d where d.email = i.email and d.declined_reason in ('stop', 'deceased'))
       then 'unwanted'
     when exists (select from invitation_links l where l.invitation_id = i.id and l.superseded_at is null
       and l.delivery = 'mail' and l.created_at > now() - interval '${MINUTES_BETWEEN_MAILS} minutes') then 'recent'`,
    [],
  );
  const due = judged.filter(({ why }) => why === null);
  await rows(
    `update invitations i set expires_at = ${renewedExpirySql}
     where i.id = any($1::bigint[])`,
    [due.map(({ id }) => id)],
  );
  const links = await issueLinks(
    due.map(({ id }) => id),
    'mail',
  );
  const mails = due.map(({ id, email, reference }, index) => ({
    to: email,
    subjectId: links[index] ?? '',
    reference,
    invitationId: id,
  }));
  await queueMails('invitation', mails);
  await note('resent', due, () => ({ delivery: 'mail', bulkActId }), actor);
  return skippedOf(ids, judged);
};

/** Takes open ones back. */
export const revokeAll: BulkVerb = async (ids, { bulkActId, reason }, actor) => {
  const judged = await judge(ids, CLOSED, []);
  const due = judged.filter(({ why }) => why === null);
  await rows(
    `update invitations i set revoked_at = now(), revoked_by = $2, revoked_reason = $3 where i.id = any($1::bigint[])`,
    [due.map(({ id }) => id), actor.kind === 'account' ? actor.accountId : null, reason],
  );
  await note('revoked', due, () => ({ reason, bulkActId }), actor);
  return skippedOf(ids, judged);
};

/** Lets open ones be valid for longer, by the same rule as one alone. */
export const extendAll: BulkVerb = async (ids, { bulkActId, days }, actor) => {
  const judged = await judge(
    ids,
    `${CLOSED} when i.expires_at > ${extendedExpirySql('$2')} - interval '1 hour' then 'longest'
     when i.expires_at <= now() and not exists
       (select from invitation_links l where l.invitation_id = i.id and l.superseded_at is null) then 'superseded'`,
    [days],
  );
  const due = judged.filter(({ why }) => why === null);
  const extended = await rows<{ id: string; expiresAt: Date }>(
    `update invitations i set expires_at = ${extendedExpirySql('$2')} where i.id = any($1::bigint[])
     returning i.id, i.expires_at`,
    [due.map(({ id }) => id), days],
  );
  const until = new Map(extended.map(({ id, expiresAt }) => [id, expiresAt]));
  const detailOf = ({ id }: Judged) => ({ days, expiresAt: until.get(id), bulkActId });
  await note('extended', due, detailOf, actor);
  return skippedOf(ids, judged);
};

// Held until the end, in the order of ids, so that two acts at once wait for each other instead of deadlocking; and looked
// at only once they are held, to see what the other has done.
async function judge(ids: readonly string[], cases: string, more: readonly unknown[]): Promise<Judged[]> {
  await rows(`select i.id from invitations i where i.id = any($1::bigint[]) order by i.id for update`, [ids]);
  return rows<Judged>(
    `select i.id, i.email, i.reference, case ${cases} end as why from invitations i where i.id = any($1::bigint[])`,
    [ids, ...more],
  );
}

function note(
  what: 'resent' | 'revoked' | 'extended',
  due: readonly Judged[],
  detailOf: (one: Judged) => Readonly<Record<string, unknown>>,
  actor: Actor,
): Promise<void> {
  const subjects = due.map((one) => ({ subjectId: one.id, detail: detailOf(one) }));
  return recordAll(actor, { action: `invitation.${what}`, subject: 'invitation' }, subjects);
}

function skippedOf(ids: readonly string[], judged: readonly Judged[]): Skipped[] {
  const there = new Set(judged.map(({ id }) => id));
  const gone = ids.filter((id) => !there.has(id)).map((id) => ({ id, why: 'gone' as const }));
  return [...gone, ...judged.flatMap(({ id, why }) => (why === null ? [] : [{ id, why }]))];
}
