import { rows } from '../database.ts';
import type { Act } from './standing.ts';

export const CONSENTS_A_PAGE = 25;

/** One act of a guardian as staff see it. The names of people whose account is gone are not known any more. */
export type RecordedConsent = Readonly<{
  id: string;
  profileId: string;
  act: Act;
  young: string;
  guardianName: string;
  guardianEmail: string;
  authorityStated: boolean;
  disclosureVersion: number;
  policyVersion: number;
  at: Date;
  expiresAt: Date | null;
  ip: string | null;
  /** Whether it came from the network that the young person named the guardian from. */
  isSharedNetwork: boolean;
}>;

const network = (ip: string) => `network(set_masklen(${ip}, case family(${ip}) when 6 then 64 else 32 end))`;

/** Of a consent \`c\`: whether a guardian answered from the network that a young person named them from, see \`placeOf\`. */
export const SHARED_NETWORK = `exists (select from guardians answering
  join guardians named on named.profile_id = answering.profile_id
  where answering.id = c.guardian_id and ${network('named.asked_from')} = ${network('c.ip')})`;

const COLUMNS = `c.id, c.profile_id, c.act,
  trim(coalesce(m.first_name || ' ' || m.last_name, '')) as young,
  c.guardian_name, c.guardian_email, c.authority_stated,
  c.disclosure_version, c.policy_version, c.at, c.expires_at,
  host(c.ip) as ip, coalesce(${SHARED_NETWORK}, false) as is_shared_network`;

/** The newest acts; `before` is the id at which the page before ended. */
export function latestConsents(before: string | null): Promise<RecordedConsent[]> {
  return rows<RecordedConsent>(
    `select ${COLUMNS} from consents c left join alumni_members m on m.id = c.alumni_member_id
     where $1::bigint is null or c.id < $1::bigint
     order by c.id desc limit ${CONSENTS_A_PAGE}`,
    [before],
  );
}

/** Every act about one profile, oldest first. */
export function consentsOf(profileId: string): Promise<RecordedConsent[]> {
  return rows<RecordedConsent>(
    `select ${COLUMNS} from consents c left join alumni_members m on m.id = c.alumni_member_id
     where c.profile_id = $1 order by c.id`,
    [profileId],
  );
}

/** The newest acts about the profiles of an account, or of a guardian with the address, newest first. */
export function consentsAround(accountId: string | null, email: string): Promise<RecordedConsent[]> {
  return rows<RecordedConsent>(
    `select ${COLUMNS} from (
       select * from consents where guardian_email = $2
       union select * from consents where profile_id in (select id from profiles where account_id = $1)) c
     left join alumni_members m on m.id = c.alumni_member_id
     order by c.id desc limit ${CONSENTS_A_PAGE}`,
    [accountId, email],
  );
}
