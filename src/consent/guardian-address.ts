import { accessAt } from '../alumni/age.ts';
import { isMinorsAddress } from '../alumni/minors-address.ts';
import { recordsForAddress } from '../alumni/record.ts';
import { rows } from '../database.ts';
import { Invalid } from '../errors.ts';
import { domainsOfMailbox, isSameMailbox } from '../mail/mailbox.ts';
import { readSettings, type Settings } from '../settings.ts';
import type { GuardianHold } from './guardian.ts';

const ownAddress =
  'This is your own address. Give one that only your parent or guardian reads. If you share this one, let your parent register with it and choose “This is my child” for you; write to us if you have an account already';

const minorsOwnAddress = 'This is the young person’s own address. A guardian needs another one';

type Known = Readonly<{ email: string; yearOfBirth: number | null; isHeld: boolean }>;

/**
 * Judges an address that is to be a guardian's, in whatever spelling.
 * @param minorEmail the young person's own address; null where a parent claims the child
 * @param by who gives it
 * @returns why staff look at it first; null when it can be written to at once
 * @throws Invalid when it is the young person's own, or that of another minor's account
 */
export async function judgeGuardianAddress(
  email: string,
  minorEmail: string | null,
  by: 'minor' | 'others',
): Promise<GuardianHold | null> {
  if (minorEmail !== null && isSameMailbox(email, minorEmail))
    throw new Invalid({ guardianEmail: by === 'minor' ? ownAddress : minorsOwnAddress });
  const policy = await readSettings();
  const now = new Date();
  const isMinor = ({ yearOfBirth }: Known) =>
    yearOfBirth !== null && accessAt(yearOfBirth, now, policy) !== 'full';
  const accounts = await accountsAt(email);
  if (accounts.some(isMinor)) {
    throw new Invalid({
      guardianEmail: 'This is the address of another young person. A guardian must be grown up',
    });
  }
  // A grown-up whom the office has let in answers for the address.
  if (accounts.some(({ yearOfBirth, isHeld }) => yearOfBirth !== null && !isHeld)) return null;
  return (await isOnFileForMinorsOnly(email, now, policy)) ? 'minors-address' : null;
}

async function isOnFileForMinorsOnly(email: string, now: Date, policy: Settings): Promise<boolean> {
  const minors = await rows<{ email: string }>(
    `select distinct email from alumni_members
     where year_of_birth >= $2 and split_part(lower(email::text), '@', 2) = any($1::text[])`,
    [domainsOfMailbox(email), youngestAdultBorn(now, policy)],
  );
  const spelled = new Set(minors.map((one) => one.email).filter((one) => isSameMailbox(one, email)));
  const onFile = [];
  for (const one of spelled.add(email)) onFile.push(...(await recordsForAddress(one)));
  return isMinorsAddress(onFile, now, policy);
}

/** The accounts of the mailbox. */
async function accountsAt(email: string): Promise<Known[]> {
  const found = await rows<Known>(
    `select a.email, coalesce(m.year_of_birth, p.stated_year_of_birth, a.year_of_birth) as year_of_birth,
       a.held_for_review_at is not null as is_held
     from accounts a
     left join profiles p on p.account_id = a.id and p.relationship = 'self'
     left join alumni_members m on m.id = p.alumni_member_id
     where split_part(lower(a.email::text), '@', 2) = any($1::text[])`,
    [domainsOfMailbox(email)],
  );
  return found.filter((one) => isSameMailbox(one.email, email));
}

/** Nobody who was born before this year is a minor now. */
function youngestAdultBorn(now: Date, { fullAccessFromAge }: Settings): number {
  return now.getUTCFullYear() - fullAccessFromAge - 1;
}
