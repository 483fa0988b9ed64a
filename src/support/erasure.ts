import { eraseAddress } from '../accounts/address-erasure.ts';
import { deleteAccount } from '../accounts/deletion.ts';
import { type Actor, accountIdOf, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRow, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { newReference } from '../platform/text/support-reference.ts';
import { getPerson, listAddresses, type Person, type PersonKey } from './person.ts';

/** How many of each are deleted; consents and groups stay. */
export type ErasureFigures = Readonly<{
  invitations: number;
  messages: number;
  requests: number;
  importRows: number;
  memberships: number;
  minors: number;
  isSuppressed: boolean;
  consents: number;
  groups: number;
}>;

/** What staff decide when they erase a person. */
export type ErasureChoice = Readonly<{
  /** Which of the person's records are erased. The others belong to someone else, and only lose the address. */
  recordIds: readonly string[];
  /** For the audit; must not contain personal data. */
  reason: string;
}>;

/** Counts what is stored about a person, for the page that asks whether to erase them. */
export async function getErasureFigures(person: Person): Promise<ErasureFigures> {
  const recordIds = person.records.filter(({ isTheirs }) => isTheirs).map(({ id }) => id);
  const addresses = await listAddresses(person, recordIds);
  const figures = await queryRow<ErasureFigures>(
    `select
       (select count(*)::int from invitations where email = any($1::citext[])) as invitations,
       (select count(*)::int from messages where recipient = any($1::citext[]) or account_id = $2) as messages,
       (select count(*)::int from invitation_requests
        where array[email, corrected_email, new_email] && $1::citext[] or account_id = $2) as requests,
       (select count(*)::int from import_rows where record_id = any($3) or key = any(select lower(unnest($1::text[])))) as import_rows,
       (select count(*)::int from memberships where account_id = $2 and removed_at is null) as memberships,
       (select count(*)::int from guardians where superseded_at is null and (email = any($1::citext[]) or account_id = $2)) as minors,
       exists (select from suppressions where email = any($1::citext[]) and lifted_at is null)
         or exists (select from invitations where email = any($1::citext[]) and declined_at is not null) as is_suppressed,
       (select count(*)::int from consents
        where guardian_email = any($1::citext[]) or account_id = $2 or alumni_member_id = any($3)) as consents,
       (select count(*)::int from groups where created_by = $2) as groups`,
    [addresses, person.account?.id ?? null, recordIds],
  );
  if (!figures) throw new Error('the figures have no row');
  return figures;
}

/**
 * Erases a person: account, chosen records with their duplicates, and everything about their addresses. Consents, audit events
 * (with ids only) and what they created for others are kept. A minor of whom they were the guardian needs another one.
 * @returns the reference under which the audit log has it
 * @throws NotFound; InvalidInput if the reason names the person; Conflict for oneself and the last administrator
 */
export function erasePerson(
  key: PersonKey,
  { recordIds, reason }: ErasureChoice,
  actor: Actor,
): Promise<string> {
  return inTransaction(async () => {
    const person = await getPerson(key);
    const { email, account, records } = person;
    if (account && account.id === accountIdOf(actor)) throw new Conflict(t('help:erasure.yourself'));
    const chosen = records.filter(({ id }) => recordIds.includes(id));
    rejectNames(reason, person);
    const ids = await listWithDuplicates(chosen.map(({ id }) => id));
    const addresses = await listAddresses(person, ids);
    if (account) await deleteAccount(account.id, actor, reason);
    for (const address of addresses) await eraseGuardian(address);
    await eraseRecords(ids);
    for (const address of addresses) await eraseAddress(address);
    if (email !== null) await removeAddressFromRecords(email);
    const reference = newReference();
    await recordEvent(actor, {
      action: 'person.erased',
      subject: 'person',
      subjectId: reference,
      detail: { accountId: account?.id ?? null, recordIds: ids, reason },
    });
    return reference;
  });
}

function rejectNames(reason: string, { email, account, records }: Person): void {
  const texts = [
    email,
    account?.name,
    ...records.flatMap(({ lastName, externalId }) => [lastName, externalId]),
  ];
  const isNamed = texts.some((text) => text && reason.toLowerCase().includes(text.toLowerCase()));
  if (isNamed) throw new InvalidInput({ reason: t('help:erasure.reasonNames') });
}

/** The ids with those of all duplicates that were merged into them. */
async function listWithDuplicates(ids: readonly string[]): Promise<string[]> {
  const found = await queryRows<{ id: string }>(
    `with recursive theirs as (select id from alumni_members where id = any($1)
       union select m.id from alumni_members m join theirs on m.merged_into = theirs.id) select id from theirs`,
    [ids],
  );
  return found.map(({ id }) => id);
}

async function eraseGuardian(email: string): Promise<void> {
  await queryRows('delete from guardians where email = $1', [email]);
}

async function eraseRecords(ids: readonly string[]): Promise<void> {
  const statements = [
    `delete from import_rows r using imports i where i.id = r.import_id and i.kind = 'alumni' and (r.record_id = any($1)
       or lower(r.key) in (select lower(external_id) from alumni_members where id = any($1)))`,
    'delete from profiles where alumni_member_id = any($1)',
    'delete from alumni_members where id = any($1)',
  ];
  for (const statement of statements) await queryRows(statement, [ids]);
}

async function removeAddressFromRecords(email: string): Promise<void> {
  await queryRows(
    `update alumni_members set updated_at = now(),
       email = case when email = $1 then null else email end,
       email_of = case when email = $1 then null else email_of end,
       other_emails = (select string_agg(trim(other), ', ')
         from unnest(string_to_array(other_emails, ',')) other where trim(other)::citext <> $1)
     where email = $1 or lower($1) = any(string_to_array(lower(replace(other_emails, ' ', '')), ','))`,
    [email],
  );
}
