import { ageStatusAt } from '../../alumni/age.ts';
import { isMinorsAddress } from '../../alumni/minors-address.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import { queryRows } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { isSameMailbox, mailboxDomains } from '../../platform/text/mailbox.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import type { GuardianHoldReason } from './guardian.ts';

type AccountAtMailbox = Readonly<{ email: string; yearOfBirth: number | null; isHeld: boolean }>;

/**
 * Checks whether an address can be a guardian's. All spellings of a mailbox count as one.
 * @param minorEmail the minor's own address; null if a parent claims the child
 * @returns why staff must review the address first; null if we can write to it
 * @throws InvalidInput if it is the minor's own or that of another minor's account
 */
export async function checkGuardianAddress(
  email: string,
  minorEmail: string | null,
  namedBy: 'minor' | 'others',
): Promise<GuardianHoldReason | null> {
  if (minorEmail !== null && isSameMailbox(email, minorEmail))
    throw new InvalidInput({
      guardianEmail: t(namedBy === 'minor' ? 'consents:address.own' : 'consents:address.minorsOwn'),
    });
  const policy = await readSettings();
  const now = new Date();
  const isMinor = ({ yearOfBirth }: AccountAtMailbox) =>
    yearOfBirth !== null && ageStatusAt(yearOfBirth, now, policy) !== 'full';
  const accounts = await listAccountsAtMailbox(email);
  if (accounts.some(isMinor)) {
    throw new InvalidInput({
      guardianEmail: t('consents:address.anotherMinors'),
    });
  }
  // An adult's account in good order vouches for the address.
  if (accounts.some(({ yearOfBirth, isHeld }) => yearOfBirth !== null && !isHeld)) return null;
  return (await isOnFileForMinorsOnly(email, now, policy)) ? 'minors-address' : null;
}

async function isOnFileForMinorsOnly(email: string, now: Date, policy: Settings): Promise<boolean> {
  const minors = await queryRows<{ email: string }>(
    `select distinct email from alumni_members
     where year_of_birth >= $2 and split_part(lower(email::text), '@', 2) = any($1::text[])`,
    [mailboxDomains(email), earliestMinorBirthYear(now, policy)],
  );
  const spellings = new Set(
    minors.map((minor) => minor.email).filter((found) => isSameMailbox(found, email)),
  );
  const onFile = [];
  for (const spelling of spellings.add(email)) onFile.push(...(await listRecordsForAddress(spelling)));
  return isMinorsAddress(onFile, now, policy);
}

async function listAccountsAtMailbox(email: string): Promise<AccountAtMailbox[]> {
  const found = await queryRows<AccountAtMailbox>(
    `select a.email, coalesce(m.year_of_birth, p.stated_year_of_birth, a.year_of_birth) as year_of_birth,
       a.held_for_review_at is not null as is_held
     from accounts a
     left join profiles p on p.account_id = a.id and p.relationship = 'self'
     left join alumni_members m on m.id = p.alumni_member_id
     where split_part(lower(a.email::text), '@', 2) = any($1::text[])`,
    [mailboxDomains(email)],
  );
  return found.filter((account) => isSameMailbox(account.email, email));
}

/** Everyone born before this year is an adult. */
function earliestMinorBirthYear(now: Date, { fullAccessFromAge }: Settings): number {
  return now.getUTCFullYear() - fullAccessFromAge - 1;
}
