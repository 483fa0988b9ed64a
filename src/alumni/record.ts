import {
  type Attributes,
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { columnsOf, database, queryRows } from '../platform/db/database.ts';

export type RecordState = 'active' | 'inactive' | 'deceased' | 'merged';

/** One person as the office knows them. */
export class AlumniRecord extends Model<
  InferAttributes<AlumniRecord>,
  InferCreationAttributes<AlumniRecord>
> {
  declare id: CreationOptional<string>;
  declare externalId: string;
  declare firstName: CreationOptional<string>;
  declare lastName: string;
  /** The whole name by which the person was known at school, if it has changed. */
  declare formerName: CreationOptional<string | null>;
  declare email: CreationOptional<string | null>;
  /** Whose address it is, if the office knows. */
  declare emailOf: CreationOptional<'person' | 'guardian' | null>;
  /** Further addresses, separated by “, ”. */
  declare otherEmails: CreationOptional<string | null>;
  declare batch: CreationOptional<number | null>;
  declare center: CreationOptional<string | null>;
  declare yearOfBirth: CreationOptional<number | null>;
  declare language: CreationOptional<string | null>;
  declare active: CreationOptional<boolean>;
  declare deceased: CreationOptional<boolean>;
  declare createdAt: CreationOptional<Date>;
  declare updatedAt: CreationOptional<Date>;
  /** Set by the database when a claim, or the address of an account that claims the record, changes. */
  declare claimsChangedAt: CreationOptional<Date | null>;
  /** When the record, or who claims it, last changed. Derived by the database. */
  declare changedAt: CreationOptional<Date>;
  /** The record of the same person that replaces this one. */
  declare mergedInto: CreationOptional<string | null>;
  declare mergedAt: CreationOptional<Date | null>;
  /** Derived by the database. */
  declare state: CreationOptional<RecordState>;
}

AlumniRecord.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    externalId: DataTypes.TEXT,
    firstName: DataTypes.TEXT,
    lastName: DataTypes.TEXT,
    formerName: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    emailOf: DataTypes.TEXT,
    otherEmails: DataTypes.TEXT,
    batch: DataTypes.INTEGER,
    center: DataTypes.TEXT,
    yearOfBirth: DataTypes.INTEGER,
    language: DataTypes.TEXT,
    active: DataTypes.BOOLEAN,
    deceased: DataTypes.BOOLEAN,
    createdAt: DataTypes.DATE,
    updatedAt: DataTypes.DATE,
    claimsChangedAt: DataTypes.DATE,
    changedAt: DataTypes.DATE,
    mergedInto: DataTypes.BIGINT,
    mergedAt: DataTypes.DATE,
    state: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'alumni_members' },
);

/** The fields that forms and files can change, in the order of the pages. */
export const editableFields = [
  'externalId',
  'firstName',
  'lastName',
  'formerName',
  'email',
  'batch',
  'center',
  'yearOfBirth',
  'language',
] as const;
export type EditableField = (typeof editableFields)[number];
export type RecordInput = Readonly<Pick<Attributes<AlumniRecord>, EditableField>>;

const onFileAttributes = [
  'id',
  'externalId',
  'firstName',
  'lastName',
  'batch',
  'center',
  'yearOfBirth',
  'emailOf',
] as const;

/** A record on file for an address. */
export type RecordOnFile = Readonly<
  Pick<Attributes<AlumniRecord>, (typeof onFileAttributes)[number]> & {
    /** `self` if an account has claimed the record as its own. The account stays private. */
    claimed: 'self' | null;
  }
>;

/** Active, living people on file for a normalised address (any case): newest batch first, then by name. */
export function listRecordsForAddress(email: string): Promise<RecordOnFile[]> {
  return queryRows<RecordOnFile>(
    `select ${columnsOf(AlumniRecord, 'm', onFileAttributes)}, p.relationship as claimed
     from alumni_members m
     left join profiles p on p.alumni_member_id = m.id and p.relationship = 'self'
     where m.email = $1 and m.active and not m.deceased
     order by m.batch desc nulls last, m.last_name, m.first_name, m.id`,
    [email],
  );
}

/** The fields in which two records differ. */
export function differingFields(first: RecordInput, second: RecordInput): EditableField[] {
  return editableFields.filter((name) => first[name] !== second[name]);
}

/** The full name. A person with only one name has it as the last name. */
export function displayName(person: Pick<AlumniRecord, 'firstName' | 'lastName'>): string {
  return `${person.firstName} ${person.lastName}`.trim();
}
