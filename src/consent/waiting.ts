import type { Transaction } from 'sequelize';
import { type AgePolicy, accessAt } from '../alumni/age.ts';
import type { Cursor } from '../cursor.ts';
import { row } from '../database.ts';
import { type KeysetPage, keysetPage } from '../keyset.ts';
import { readSettings } from '../settings.ts';

/** Whose profiles: of a batch or center of the register; null is any. */
export type Circle = Readonly<{ batch: number | null; center: string | null }>;

/** A profile that waits for a guardian's first decision. */
export type WaitingProfile = Readonly<{
  profileId: string;
  accountId: string;
  name: string;
  batch: number | null;
  center: string | null;
  relationship: 'self' | 'child';
  /** The account that claims it: the young person's own, or the parent's. */
  accountName: string;
  accountEmail: string;
  guardianName: string | null;
  guardianEmail: string | null;
  claimedAt: Date;
}>;

/** How many profiles wait: those whose standing is `waiting` at this moment. */
export async function countWaiting(circle: Circle, transaction?: Transaction): Promise<number> {
  const { where, bind } = await conditions(circle, transaction);
  const joined =
    circle.batch === null && circle.center === null
      ? ''
      : 'join profiles p on p.id = w.profile_id join alumni_members m on m.id = p.alumni_member_id';
  const counted = await row<{ count: number }>(
    `select count(*)::int as count from consent_waits w ${joined} where ${where.join(' and ')}`,
    bind,
    transaction,
  );
  return counted?.count ?? 0;
}

/** One page of them, those that wait the longest first. */
export async function listWaiting(
  circle: Circle,
  cursor: Cursor | null,
): Promise<KeysetPage<WaitingProfile>> {
  const { where, bind } = await conditions(circle);
  return keysetPage<WaitingProfile>({
    select: `p.id as "profileId", a.id as "accountId", trim(m.first_name || ' ' || m.last_name) as name, m.batch,
      m.center, p.relationship, a.name as "accountName", a.email as "accountEmail", g.name as "guardianName",
      g.email as "guardianEmail", p.claimed_at as "claimedAt"`,
    from: `consent_waits w join profiles p on p.id = w.profile_id join alumni_members m on m.id = p.alumni_member_id
      join accounts a on a.id = p.account_id
      left join guardians g on g.profile_id = p.id and g.retired_at is null`,
    where,
    bind,
    order: [{ sql: 'w.profile_id', type: 'bigint' }],
    descending: false,
    cursor,
  });
}

async function conditions({ batch, center }: Circle, transaction?: Transaction) {
  const bind: unknown[] = [yearsThatNeedConsent(await readSettings(transaction), new Date())];
  const where = ['(w.born = any($1::smallint[]) or w.born is null)'];
  if (batch !== null) where.push(`m.batch = $${bind.push(batch)}::int`);
  if (center !== null) where.push(`m.center = $${bind.push(center)}`);
  return { where, bind };
}

/** The years of birth for which the policy asks for consent on the day of `at`. */
export function yearsThatNeedConsent(policy: AgePolicy, at: Date): number[] {
  const youngest = at.getUTCFullYear();
  return Array.from({ length: policy.fullAccessFromAge + 2 }, (_, back) => youngest - back).filter(
    (year) => accessAt(year, at, policy) === 'consent',
  );
}
