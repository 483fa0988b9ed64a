import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { columnsOf, database, queryRows } from '../platform/db/database.ts';
import { Disclosure } from './disclosure.ts';
import type { ConsentDecision } from './profile-access.ts';

/** How long a consent is valid. */
export const CONSENT_MONTHS = 12;

/** How many days before a consent expires its renewal is requested. */
export const RENEWAL_DAYS = 30;

/** A guardian's decision. Append-only, and kept after the accounts and profiles that it names are deleted. */
export class Consent extends Model<InferAttributes<Consent>, InferCreationAttributes<Consent>> {
  declare id: CreationOptional<string>;
  declare profileId: string;
  declare accountId: string;
  declare alumniMemberId: string;
  declare guardianId: string;
  declare decision: ConsentDecision;
  declare guardianName: string;
  declare guardianEmail: string;
  /** "I am the parent or legal guardian": required to consent, not to refuse or withdraw. */
  declare authorityStated: boolean;
  declare disclosureVersion: number;
  declare policyVersion: number;
  declare at: CreationOptional<Date>;
  /** Null for refusals and withdrawals. */
  declare expiresAt: CreationOptional<Date | null>;
  declare ip: CreationOptional<string | null>;
}

Consent.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    profileId: DataTypes.BIGINT,
    accountId: DataTypes.BIGINT,
    alumniMemberId: DataTypes.BIGINT,
    guardianId: DataTypes.UUID,
    decision: DataTypes.TEXT,
    guardianName: DataTypes.TEXT,
    guardianEmail: DataTypes.CITEXT,
    authorityStated: DataTypes.BOOLEAN,
    disclosureVersion: DataTypes.INTEGER,
    policyVersion: DataTypes.INTEGER,
    at: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    ip: DataTypes.INET,
  },
  { sequelize: database, tableName: 'consents' },
);
Consent.belongsTo(Disclosure, { as: 'disclosure', foreignKey: 'disclosureVersion' });

export const CONSENTS_PER_PAGE = 25;

/** A consent as staff see it. */
export type ListedConsent = Attributes<Consent> &
  Readonly<{
    /** Empty once the record is deleted. */
    minorName: string;
    /** Whether the guardian decided from the network that the minor named them from. */
    isSharedNetwork: boolean;
  }>;

const network = (ip: string) => `network(set_masklen(${ip}, case family(${ip}) when 6 then 64 else 32 end))`;

/** SQL about a consent `c`: see `isSharedNetwork`. Networks are /64 (IPv6) and /32 (IPv4), as in `clientNetwork`. */
export const SHARED_NETWORK = `exists (select from guardians answering
  join guardians named on named.profile_id = answering.profile_id
  where answering.id = c.guardian_id and ${network('named.requested_from_ip')} = ${network('c.ip')})`;

const LISTED_CONSENT_COLUMNS = `${columnsOf(Consent, 'c')}, trim(coalesce(m.first_name || ' ' || m.last_name, '')) as minor_name,
  coalesce(${SHARED_NETWORK}, false) as is_shared_network`;

/** One page of all consents, newest first. @param before the last id of the previous page */
export function listLatestConsents(before: string | null): Promise<ListedConsent[]> {
  return queryRows<ListedConsent>(
    `select ${LISTED_CONSENT_COLUMNS} from consents c left join alumni_members m on m.id = c.alumni_member_id
     where $1::bigint is null or c.id < $1::bigint
     order by c.id desc limit ${CONSENTS_PER_PAGE}`,
    [before],
  );
}

/** All consents about a profile, oldest first. */
export function listConsentsOfProfile(profileId: string): Promise<ListedConsent[]> {
  return queryRows<ListedConsent>(
    `select ${LISTED_CONSENT_COLUMNS} from consents c left join alumni_members m on m.id = c.alumni_member_id
     where c.profile_id = $1 order by c.id`,
    [profileId],
  );
}

/** The latest consents about an account's profiles or by a guardian with this address, newest first. */
export function listRelatedConsents(accountId: string | null, email: string): Promise<ListedConsent[]> {
  return queryRows<ListedConsent>(
    `select ${LISTED_CONSENT_COLUMNS} from (
       select * from consents where guardian_email = $2
       union select * from consents where profile_id in (select id from profiles where account_id = $1)) c
     left join alumni_members m on m.id = c.alumni_member_id
     order by c.id desc limit ${CONSENTS_PER_PAGE}`,
    [accountId, email],
  );
}
