import { type AgePolicy, ageStatusAt } from '../../alumni/age.ts';
import { queryRows } from '../../platform/db/database.ts';

/** How many profiles would be let in more, less or otherwise by other ages, as of today. */
export async function countProfilesAffected(before: AgePolicy, after: AgePolicy): Promise<number> {
  const years = await queryRows<{ year: number; count: number }>(
    `select coalesce(m.year_of_birth, p.stated_year_of_birth) as year, count(*)::int as count
     from profiles p join alumni_members m on m.id = p.alumni_member_id
     where coalesce(m.year_of_birth, p.stated_year_of_birth) is not null group by 1`,
  );
  const today = new Date();
  return years
    .filter(({ year }) => ageStatusAt(year, today, before) !== ageStatusAt(year, today, after))
    .reduce((sum, { count }) => sum + count, 0);
}
