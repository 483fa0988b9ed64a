import { type AgePolicy, ageStatusAt } from '../alumni/age.ts';
import { queryRow } from '../platform/db/database.ts';
import { Conditions, type Cursor, type Page, readPage } from '../platform/db/paging.ts';
import { readSettings } from '../settings/settings.ts';

/** Limits profiles to a batch and a center of the directory; null means any. */
export type BatchCenterFilter = Readonly<{ batch: number | null; center: string | null }>;

/** A profile that needs consent and about which no guardian has decided. */
export type ProfileAwaitingConsent = Readonly<{
  profileId: string;
  accountId: string;
  name: string;
  batch: number | null;
  center: string | null;
  relationship: 'self' | 'child';
  /** The account that claims the record: the minor's own or a parent's. */
  accountName: string;
  accountEmail: string;
  guardianName: string | null;
  guardianEmail: string | null;
  claimedAt: Date;
}>;

const FROM = `profiles p join alumni_members m on m.id = p.alumni_member_id`;

/** Counts the profiles whose access is `awaiting-consent` now. */
export async function countProfilesAwaitingConsent(filter: BatchCenterFilter): Promise<number> {
  const { sql, bind } = await toConditions(filter);
  const counted = await queryRow<{ count: number }>(
    `select count(*)::int as count from ${FROM} where ${sql}`,
    bind,
  );
  return counted?.count ?? 0;
}

/** One page of the profiles that `countProfilesAwaitingConsent` counts, oldest claim first. */
export async function listProfilesAwaitingConsent(
  filter: BatchCenterFilter,
  cursor: Cursor | null,
): Promise<Page<ProfileAwaitingConsent>> {
  return readPage<ProfileAwaitingConsent>({
    select: `p.id as profile_id, a.id as account_id, trim(m.first_name || ' ' || m.last_name) as name, m.batch,
      m.center, p.relationship, a.name as account_name, a.email as account_email, g.name as guardian_name,
      g.email as guardian_email, p.claimed_at`,
    from: `${FROM} join accounts a on a.id = p.account_id
      left join guardians g on g.profile_id = p.id and g.superseded_at is null and not g.is_second`,
    conditions: await toConditions(filter),
    order: [{ sql: 'p.id', type: 'bigint' }],
    cursor,
  });
}

async function toConditions({ batch, center }: BatchCenterFilter): Promise<Conditions> {
  const years = birthYearsNeedingConsent(await readSettings(), new Date());
  const conditions = new Conditions().and(
    `(m.year_of_birth = any(?::int[]) or m.year_of_birth is null
      and (p.stated_year_of_birth = any(?::int[]) or p.stated_year_of_birth is null))`,
    years,
    years,
  );
  conditions.and('not exists (select from effective_decision(p.id))');
  if (batch !== null) conditions.and('m.batch = ?::int', batch);
  if (center !== null) conditions.and('m.center = ?', center);
  return conditions;
}

/** The years of birth that require consent on the day of `at`. */
export function birthYearsNeedingConsent(policy: AgePolicy, at: Date): number[] {
  const youngest = at.getUTCFullYear();
  return Array.from({ length: policy.fullAccessFromAge + 2 }, (_, back) => youngest - back).filter(
    (year) => ageStatusAt(year, at, policy) === 'consent',
  );
}
