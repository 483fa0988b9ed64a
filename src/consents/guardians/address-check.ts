import { ageStatusAt } from '../../alumni/age.ts';
import { isMinorsAddress } from '../../alumni/minors-address.ts';
import { listRecordsForAddress } from '../../alumni/record.ts';
import { queryRows } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { isSameMailbox, mailboxDomains } from '../../platform/text/mailbox.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import type { GuardianHoldReason } from './guardian.ts';

const ownAddress =
  'This is your own address. Give one that only your parent or guardian reads. If you share this one, let your parent register with it and choose “This is my child” for you; write to us if you have an account already';

const minorsOwnAddress = 'This is the young person’s own address. A guardian needs another one';

type AccountAtMailbox = Readonly<{ email: string; yearOfBirth: number | null; isHeld: boolean }>;

/**
 * Judges an address that is to be a guardian's, in whatever spelling.
 * @param minorEmail the young person's own address; null where a parent claims the child
 * @param namedBy who gives it
 * @returns why staff look at it first; null when it can be written to at once
 * @throws Invalid when it is the young person's own, or that of another minor's account
 */
export async function checkGuardianAddress(
  email: string,
  minorEmail: string | null,
  namedBy: 'minor' | 'others',
): Promise<GuardianHoldReason | null> {
  if (minorEmail !== null && isSameMailbox(email, minorEmail))
    throw new InvalidInput({ guardianEmail: namedBy === 'minor' ? ownAddress : minorsOwnAddress });
  const policy = await readSettings();
  const now = new Date();
  const isMinor = ({ yearOfBirth }: AccountAtMailbox) =>
    yearOfBirth !== null && ageStatusAt(yearOfBirth, now, policy) !== 'full';
  const accounts = await listAccountsAtMailbox(email);
  if (accounts.some(isMinor)) {
    throw new InvalidInput({
      guardianEmail: 'This is the address of another young person. A guardian must be grown up',
    });
  }
  // A grown-up whom the office has let in answers for the address.
  if (accounts.some(({ yearOfBirth, isHeld }) => yearOfBirth !== null && !isHeld)) return null;
  return (await isOnFileForMinorsOnly(email, now, policy)) ? 'minors-address' : null;
}

async function isOnFileForMinorsOnly(email: string, now: Date, policy: Settings): Promise<boolean> {
  const minors = await queryRows<{ email: string }>(
    `select distinct email from alumni_members
     where year_of_birth >= $2 and split_part(lower(email::text), '@', 2) = any($1::text[])`,
    [mailboxDomains(email), earliestMinorBirthYear(now, policy)],
  );
  const spellings = new Set(minors.map((one) => one.email).filter((one) => isSameMailbox(one, email)));
  const onFile = [];
  for (const one of spellings.add(email)) onFile.push(...(await listRecordsForAddress(one)));
  return isMinorsAddress(onFile, now, policy);
}

/** The accounts of the mailbox. */
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
  return found.filter((one) => isSameMailbox(one.email, email));
}

/** Nobody who was born before this year is a minor now. */
function earliestMinorBirthYear(now: Date, { fullAccessFromAge }: Settings): number {
  return now.getUTCFullYear() - fullAccessFromAge - 1;
}
