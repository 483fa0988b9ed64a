import { WARD_SQL, type Ward } from '../consent/standing.ts';
import { rows } from '../database.ts';

/** An account that says who a record is, with what its guardian last did. */
export type Claimant = Ward &
  Readonly<{ accountName: string; accountEmail: string; suspendedAt: Date | null }>;

/** Who has claimed a record: the person first, then parents. */
export function claimantsOf(recordId: string): Promise<Claimant[]> {
  return rows<Claimant>(
    `select w.*, a.name as "accountName", a.email as "accountEmail", a.suspended_at as "suspendedAt"
     from (${WARD_SQL} where m.id = $1) w join accounts a on a.id = w."accountId"
     order by w.relationship = 'self' desc, w."profileId"`,
    [recordId],
  );
}
