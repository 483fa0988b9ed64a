import { PROFILE_ACCESS_SQL, type ProfileAccess } from '../../consents/profile-access.ts';
import { queryRows } from '../../platform/db/database.ts';

/** An account that has claimed a record, with the latest decision of a guardian. */
export type Claimant = ProfileAccess &
  Readonly<{ accountName: string; accountEmail: string; suspendedAt: Date | null }>;

/** The claims on a record: the person first, then parents. */
export function listClaimants(recordId: string): Promise<Claimant[]> {
  return queryRows<Claimant>(
    `select w.*, a.name as account_name, a.email as account_email, a.suspended_at
     from (${PROFILE_ACCESS_SQL} where m.id = $1) w join accounts a on a.id = w.account_id
     order by w.relationship = 'self' desc, w.profile_id`,
    [recordId],
  );
}
