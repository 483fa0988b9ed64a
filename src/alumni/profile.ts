import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  UniqueConstraintError,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { columnsOf, database, postgresError, queryRow, queryRows } from '../platform/db/database.ts';
import { Conflict } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { AlumniRecord } from './record.ts';
import { SomeoneElseAnswer } from './someone-else.ts';

export type Relationship = 'self' | 'child';

/** An account's claim on a record. */
export class Profile extends Model<InferAttributes<Profile>, InferCreationAttributes<Profile>> {
  declare id: CreationOptional<string>;
  declare accountId: string;
  declare alumniMemberId: string;
  declare relationship: Relationship;
  /** What the person entered because the record has no year. It never replaces the office's value. */
  declare statedYearOfBirth: CreationOptional<number | null>;
  /** The version of the age policy at the time of the claim. */
  declare policyVersion: number;
  declare claimedAt: CreationOptional<Date>;
  /** When the member and the guardian were notified that the member is an adult now. */
  declare comingOfAgeNotifiedAt: CreationOptional<Date | null>;

  declare account?: NonAttribute<Account>;
  declare record?: NonAttribute<AlumniRecord>;
}

Profile.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    accountId: DataTypes.BIGINT,
    alumniMemberId: DataTypes.BIGINT,
    relationship: DataTypes.TEXT,
    statedYearOfBirth: DataTypes.INTEGER,
    policyVersion: DataTypes.INTEGER,
    claimedAt: DataTypes.DATE,
    comingOfAgeNotifiedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'profiles' },
);
Profile.belongsTo(Account, { as: 'account', foreignKey: 'accountId' });
Profile.belongsTo(AlumniRecord, { as: 'record', foreignKey: 'alumniMemberId' });

export type ClaimInput = Readonly<
  Pick<Attributes<Profile>, 'accountId' | 'relationship' | 'statedYearOfBirth' | 'policyVersion'> & {
    recordId: string;
  }
>;

const personAttributes = ['firstName', 'lastName', 'batch', 'center'] as const;

/** A profile with the data of its record. */
export type ProfileDetails = Readonly<
  Pick<Attributes<Profile>, 'id' | 'relationship'> &
    Pick<Attributes<AlumniRecord>, (typeof personAttributes)[number]> & {
      recordId: string;
      /** The year of the record, or otherwise the one stated with the claim. */
      yearOfBirth: number | null;
    }
>;

const conflictKeys = {
  profiles_one_self_per_record: 'alumni:errors.selfTaken',
  profiles_one_self_per_account: 'alumni:errors.otherSelf',
  profiles_account_id_alumni_member_id_key: 'alumni:errors.alreadyClaimed',
} as const;

/**
 * Links a record to an account, and forgets that the account has said it is someone else's. The caller checks the
 * address and the age. An error aborts the transaction.
 * @returns the id of the new profile
 * @throws Conflict if the record is inactive or deceased, another account has claimed it as `self`, or this account has
 *   another `self`
 */
export async function claimRecord(claim: ClaimInput, actor: Actor): Promise<string> {
  const profileId = await insertProfile(claim);
  const { accountId, recordId, relationship, policyVersion } = claim;
  await SomeoneElseAnswer.destroy({ where: { accountId, alumniMemberId: recordId } });
  const detail = { profileId, accountId, relationship, policyVersion };
  await recordEvent(actor, {
    action: 'profile.claimed',
    subject: 'alumni-record',
    subjectId: recordId,
    detail,
  });
  return profileId;
}

/** The claims of an account: `self` first, then children by name. */
export function listProfiles(accountId: string): Promise<ProfileDetails[]> {
  return queryRows<ProfileDetails>(
    `select p.id, m.id as record_id, p.relationship, ${columnsOf(AlumniRecord, 'm', personAttributes)},
       coalesce(m.year_of_birth, p.stated_year_of_birth) as year_of_birth
     from profiles p join alumni_members m on m.id = p.alumni_member_id
     where p.account_id = $1
     order by p.relationship = 'self' desc, m.last_name, m.first_name, p.id`,
    [accountId],
  );
}

// Locks the record, so that it can't be merged or deactivated at the same time.
async function insertProfile(claim: ClaimInput): Promise<string> {
  try {
    const created = await queryRow<{ id: string }>(
      `insert into profiles (account_id, alumni_member_id, relationship, stated_year_of_birth, policy_version)
       select $1::bigint, m.id, $3::text, $4::integer, $5::integer
       from alumni_members m where m.id = $2::bigint and m.active and not m.deceased for no key update
       returning id`,
      [claim.accountId, claim.recordId, claim.relationship, claim.statedYearOfBirth, claim.policyVersion],
    );
    if (!created) throw new Conflict(t('alumni:errors.closed'));
    return created.id;
  } catch (error) {
    throw error instanceof UniqueConstraintError ? new Conflict(conflictMessage(error)) : error;
  }
}

function conflictMessage(error: UniqueConstraintError): string {
  const constraint = postgresError(error)?.constraint;
  const name = (Object.keys(conflictKeys) as (keyof typeof conflictKeys)[]).find((key) => key === constraint);
  return name ? t(conflictKeys[name]) : t('alumni:errors.cannotClaim');
}
