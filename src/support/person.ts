import { Account } from '../accounts/account.ts';
import { LISTED_RECORD_SQL, type ListedRecord } from '../alumni/listed-record.ts';
import { Profile } from '../alumni/profile.ts';
import { queryRow, queryRows } from '../platform/db/database.ts';
import { NotFound } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { isId } from '../platform/text/text.ts';

/** Someone as staff look them up: by address, or by a record that has no address of its own. */
export type PersonKey = Readonly<{ email: string } | { recordId: string }>;

export type PersonRecord = ListedRecord & Readonly<{ isTheirs: boolean }>;

/** A person with the records that are theirs, or may be. */
export type Person = Readonly<{
  /** Null if only a record is known. */
  email: string | null;
  account: Account | null;
  /** The records with the address, and those that the account claims. Duplicates that were merged into them are left out. */
  records: readonly PersonRecord[];
}>;

/** @throws NotFound if nothing is known about them */
export async function getPerson(key: PersonKey): Promise<Person> {
  const email = 'email' in key ? key.email : await findOwnersAddress(key.recordId);
  const account = email === null ? null : await Account.findOne({ where: { email } });
  const records = await listRecords(key, account?.id ?? null);
  if (account === null && records.length === 0 && (email === null || !(await isAddressKnown(email))))
    throw new NotFound(t('help:erasure.unknown'));
  return { email, account, records };
}

/** The address of the account whose own record it is. */
async function findOwnersAddress(recordId: string): Promise<string | null> {
  const where = { alumniMemberId: recordId, relationship: 'self' };
  const profile = isId(recordId) ? await Profile.findOne({ where, include: 'account' }) : null;
  return profile?.account?.email ?? null;
}

/**
 * A record is theirs if the account claims it as its own. Without such a claim, it is theirs if it is the only one that nobody
 * else claims: families share addresses.
 */
async function listRecords(key: PersonKey, accountId: string | null): Promise<PersonRecord[]> {
  const recordId = 'recordId' in key && isId(key.recordId) ? key.recordId : null;
  const email = 'email' in key ? key.email : null;
  const found = await queryRows<ListedRecord & { owner: string | null; isChild: boolean }>(
    `with recursive found as (
       select id, merged_into from alumni_members where email = $1 or id = $2
         or lower($1) = any(string_to_array(lower(replace(other_emails, ' ', '')), ','))
         or id in (select alumni_member_id from profiles where account_id = $3)
       union select m.id, m.merged_into from alumni_members m join found on m.id = found.merged_into)
     select ${LISTED_RECORD_SQL},
       (select p.account_id from profiles p where p.alumni_member_id = m.id and p.relationship = 'self') as owner,
       exists (select from profiles p where p.alumni_member_id = m.id and p.account_id = $3 and p.relationship = 'child')
         as is_child
     from alumni_members m where m.merged_into is null and m.id in (select id from found) order by m.batch, m.id`,
    [email, recordId, accountId],
  );
  const hasOwn = found.some(({ owner }) => owner !== null && owner === accountId);
  const unclaimed = found.filter(({ owner, isChild }) => owner === null && !isChild);
  return found.map(({ owner, isChild, ...record }) => ({
    ...record,
    isTheirs:
      record.id === recordId ||
      (hasOwn ? owner === accountId : unclaimed.length === 1 && owner === null && !isChild),
  }));
}

async function isAddressKnown(email: string): Promise<boolean> {
  const found = await queryRow(
    `select 1 where exists (select from invitations where email = $1)
       or exists (select from messages where recipient = $1)
       or exists (select from invitation_requests where $1 in (email, new_email, corrected_email))
       or exists (select from guardians where email = $1) or exists (select from consents where guardian_email = $1)
       or exists (select from campaign_recipients where email = $1)
       or exists (select from group_invitation_requests where email = $1)
       or exists (select from suppressions where email = $1)
       or exists (select from import_rows where key = lower($1))
       or exists (select from import_leftovers where lower(text) = lower($1))`,
    [email],
  );
  return found !== null;
}

/**
 * The addresses of a person who has these records: their own and those of the records, unless someone else uses them too.
 */
export async function listAddresses(
  { email, account }: Person,
  recordIds: readonly string[],
): Promise<string[]> {
  const found = await queryRows<{ email: string }>(
    `select distinct on (lower(known.email)) known.email from (
       select m.email::text as email from alumni_members m
       where m.id = any($1) and m.email_of is distinct from 'guardian'
       union all select trim(other) from alumni_members m, unnest(string_to_array(m.other_emails, ',')) other
       where m.id = any($1)) known
     where known.email <> '' and lower(known.email) is distinct from lower($2)
       and not exists (select from alumni_members m where m.email = known.email::citext and m.id <> all($1))
       and not exists (select from accounts a where a.email = known.email::citext and a.id is distinct from $3)`,
    [recordIds, email, account?.id ?? null],
  );
  return [...(email === null ? [] : [email]), ...found.map((one) => one.email)];
}
