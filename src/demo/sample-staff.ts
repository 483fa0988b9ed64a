import type { NewAccount } from '../accounts/account.ts';
import { rows } from '../database.ts';
import type { Told } from './sample-letters.ts';
import {
  atTheOffice,
  foundedAt,
  HOUR,
  insertEvents,
  insertRows,
  MINUTE,
  type PastEvent,
  takeIds,
} from './sample-past.ts';

/** The invented office's staff. */
export type Office = Readonly<{ adminId: string; supportId: string }>;

/** An account of the office, made by a command when the office began. @returns its id */
export async function addSampleStaff({
  email,
  name,
  staffRole,
  passwordHash,
  yearOfBirth,
}: NewAccount): Promise<string> {
  const at = new Date(foundedAt().getTime() + 20 * MINUTE);
  const [id = ''] = await takeIds('accounts', 1);
  const account = {
    id,
    email,
    name,
    password_hash: passwordHash,
    staff_role: staffRole,
    year_of_birth: yearOfBirth,
    created_at: at,
    password_changed_at: at,
  };
  await insertRows('accounts', [account]);
  const about = { action: 'account.created', subject: 'account', subjectId: id } as const;
  await insertEvents([{ ...about, at, actor: 'command', detail: { staffRole } }]);
  return id;
}

/** Before the first invitation of each day the administrator signed in, and somebody of the support later that day. */
export async function addSignIns({ adminId, supportId }: Office, all: readonly Told[]): Promise<PastEvent[]> {
  const firsts = new Map<string, Date>();
  for (const { story } of all) {
    const day = story.createdAt.toISOString().slice(0, 10);
    if (!firsts.has(day)) firsts.set(day, story.createdAt);
  }
  const events = [...firsts.values()].flatMap((first) => [
    signIn(adminId, new Date(first.getTime() - 4 * MINUTE)),
    signIn(supportId, new Date(first.getTime() + 3 * HOUR)),
  ]);
  await rows(
    `update accounts a set last_signed_in_at = signed.at
     from (select account, max(at) as at from unnest($1::bigint[], $2::timestamptz[]) as given (account, at)
       group by account) signed
     where a.id = signed.account`,
    [events.map(({ subjectId }) => subjectId), events.map(({ at }) => at)],
  );
  return events;
}

function signIn(accountId: string, at: Date): PastEvent {
  const about = { action: 'account.signed-in', subject: 'account', subjectId: accountId } as const;
  return { ...about, ...atTheOffice(), at, actor: 'account', accountId };
}
