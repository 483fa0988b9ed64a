import { type Actor, recordAll } from '../audit/audit.ts';
import { rows } from '../database.ts';
import { type GroupRole, openGroups } from '../groups/group.ts';
import { issueLinks } from '../invitations/link.ts';
import { openSql } from '../invitations/status.ts';
import { queueMails } from '../mail/messages.ts';
import { readSettings } from '../settings.ts';
import { newReference } from '../web/reference.ts';
import type { Batch } from './batch.ts';
import { type Known, verdictOn, whatIsKnown } from './invitation-verdicts.ts';
import {
  type InvitationChoices,
  type InvitationFacts,
  invitationChoicesOf,
  invitationSkips,
} from './invitation-words.ts';
import { DONE, type FitRow, type Outcome } from './purpose.ts';

type Due = Readonly<{
  line: number;
  email: string;
  name: string;
  message: string | null;
  groupId: string | null;
  groupRole: GroupRole | null;
}>;
type Made = Readonly<{
  id: string;
  email: string;
  reference: string;
  groupId: string | null;
  groupRole: GroupRole | null;
}>;

const MOST_TRIES = 3;
const RECALLED_AT_ONCE = 4_000;

/**
 * Invites the addresses of these rows: invitations, links, mails and audit in the caller's transaction. Whoever must not
 * be written to by now is left out.
 */
export async function sendInvitations(
  fit: readonly FitRow<InvitationFacts>[],
  batch: Batch,
  actor: Actor,
): Promise<ReadonlyMap<number, Outcome>> {
  const choices = invitationChoicesOf(batch);
  const outcomes = new Map<number, Outcome>();
  // In the order of addresses, so that two batches at once wait for each other instead of deadlocking.
  let due = fit.map((row) => dueOf(row, choices)).sort(byAddress);
  // Tried again where a reference was taken by chance.
  for (let tries = 1; due.length > 0 && tries <= MOST_TRIES; tries += 1) {
    const skips = await skipsOf(due);
    for (const [line, outcome] of skips) outcomes.set(line, { outcome, resultId: null });
    due = due.filter(({ line }) => !skips.has(line));
    const made = await invite(due, batch, choices, actor);
    const ids = new Map(made.map(({ id, email }) => [email.toLowerCase(), id]));
    for (const { line, email } of due) {
      const resultId = ids.get(email.toLowerCase());
      if (resultId !== undefined) outcomes.set(line, { outcome: DONE, resultId });
    }
    due = due.filter(({ line }) => !outcomes.has(line));
  }
  if (due.length > 0) throw new Error(`${due.length} invitations of batch ${batch.id} could not be stored`);
  return outcomes;
}

/** Takes back some of what nobody has accepted yet. @returns of how many */
export async function recallInvitations({ id, recallReason }: Batch, actor: Actor): Promise<number> {
  const reason = recallReason ?? 'The batch was recalled';
  const revoked = await rows<{ id: string }>(
    `with meant as (
       select i.id from invitations i where i.batch_id = $1 and ${openSql} order by i.id
       limit ${RECALLED_AT_ONCE} for update)
     update invitations i set revoked_at = now(), revoked_by = $2, revoked_reason = $3
     from meant where i.id = meant.id and ${openSql} returning i.id`,
    [id, actor.kind === 'account' ? actor.accountId : null, reason],
  );
  const subjects = revoked.map((each) => ({ subjectId: each.id, detail: { reason, batchId: id } }));
  await recordAll(actor, { action: 'invitation.revoked', subject: 'invitation' }, subjects);
  return revoked.length;
}

function dueOf({ line, facts }: FitRow<InvitationFacts>, choices: InvitationChoices): Due {
  const { email, name } = facts;
  const groupId = facts.groupId ?? choices.groupId;
  const usualRole = facts.groupId === null ? choices.groupRole : 'member';
  const groupRole = groupId === null ? null : (facts.groupRole ?? usualRole);
  return { line, email, name, message: facts.message || choices.message || null, groupId, groupRole };
}

/** Who must not be invited by now, by line, and why. What was worth knowing in the preview is no reason any more. */
async function skipsOf(due: readonly Due[]): Promise<Map<number, string>> {
  const settings = await readSettings();
  const open = new Set((await openGroups()).map(({ id }) => id));
  const archived = due.filter(({ groupId }) => groupId !== null && !open.has(groupId));
  const skips = new Map(archived.map(({ line }) => [line, 'archived']));
  const why = (known: Known) => verdictOn(known, settings, new Date()).verdict;
  for (const known of await whatIsKnown(due)) {
    if (!skips.has(known.line) && why(known) in invitationSkips) skips.set(known.line, why(known));
  }
  return skips;
}

function byAddress(one: Due, other: Due): number {
  const [address, next] = [one.email.toLowerCase(), other.email.toLowerCase()];
  return address < next ? -1 : Number(address > next);
}

/** @throws UniqueConstraintError where somebody else invites one of them at this moment */
async function invite(
  due: readonly Due[],
  batch: Batch,
  { validityDays }: InvitationChoices,
  actor: Actor,
): Promise<Made[]> {
  if (due.length === 0) return [];
  const made = await rows<Made>(
    `insert into invitations (reference, email, name, batch, center, message, group_id, group_role, group_invited_by,
       validity_days, expires_at, invited_by, batch_id)
     select given.reference, given.email, coalesce(known.name, given.name), known.batch, known.center, given.message,
       given.group_id, given.group_role, case when given.group_id is not null then $8::bigint end, $7, now() + make_interval(hours => 24 * $7), $8, $9
     from unnest($1::text[], $2::citext[], $3::text[], $4::text[], $5::bigint[], $6::text[]) with ordinality
       as given (reference, email, name, message, group_id, group_role, place)
     left join lateral register_facts(given.email) known on true
     order by given.place
     on conflict (reference) do nothing returning id, email, reference, group_id, group_role`,
    [
      due.map(() => newReference()),
      due.map(({ email }) => email),
      due.map(({ name }) => name),
      due.map(({ message }) => message),
      due.map(({ groupId }) => groupId),
      due.map(({ groupRole }) => groupRole),
      validityDays,
      actor.kind === 'account' ? actor.accountId : null,
      batch.id,
    ],
  );
  const links = await issueLinks(
    made.map(({ id }) => id),
    'mail',
  );
  const mails = made.map(({ id, email, reference }, index) => ({
    to: email,
    subjectId: links[index] ?? '',
    reference,
    invitationId: id,
  }));
  await queueMails('invitation', mails);
  const detail = { delivery: 'mail', validityDays, batchId: batch.id };
  const subjects = made.map(({ id, groupId, groupRole }) => ({
    subjectId: id,
    detail: groupId === null ? detail : { ...detail, groupId, groupRole },
  }));
  await recordAll(actor, { action: 'invitation.created', subject: 'invitation' }, subjects);
  return made;
}
