import { createHmac } from 'node:crypto';
import { DataTypes, type InferAttributes, type InferCreationAttributes, Model } from 'sequelize';
import { type AgePolicy, type AgeStatus, ageStatusAt } from '../../alumni/age.ts';
import type { RecordOnFile } from '../../alumni/record.ts';
import { config, type LinkKey } from '../../platform/config/config.ts';
import { currentKey, deriveKey } from '../../platform/crypto/encryption.ts';
import { database } from '../../platform/db/database.ts';
import type { ClaimContext } from './claim-context.ts';
import { type ClaimAnswers, enteredYearFor, parseYearOfBirth } from './claims.ts';

/**
 * The first year of birth that is entered for an invitation counts, in whatever browser: whoever is refused doesn't get
 * in by another year. It is kept as an HMAC, which tells nothing without the key ring.
 */
export class FirstEnteredYear extends Model<
  InferAttributes<FirstEnteredYear>,
  InferCreationAttributes<FirstEnteredYear>
> {
  declare invitationId: string;
  /** `own`, or the id of a record. */
  declare subject: string;
  declare mac: Buffer;
}

FirstEnteredYear.init(
  {
    invitationId: { type: DataTypes.BIGINT, primaryKey: true },
    subject: { type: DataTypes.TEXT, primaryKey: true },
    mac: DataTypes.BLOB,
  },
  { sequelize: database, tableName: 'first_entered_years' },
);

const MIN_YEAR = 1900;
const accessRanks: Readonly<Record<AgeStatus, number>> = { blocked: 0, consent: 1, full: 2 };

/** A year of birth that was entered, and about whom: the person (`own`) or a record, by its id. */
export type EnteredYear = Readonly<{ subject: string; year: number }>;

/** The years that answers tell of people whose year isn't known, whether or not the rest is right. */
export function extractEnteredYears(
  { records, knownYearOfBirth }: ClaimContext,
  answers: ClaimAnswers,
): EnteredYear[] {
  const entered: EnteredYear[] = [];
  let self: RecordOnFile | undefined;
  for (const record of records) {
    const answer = answers.records[record.id];
    if (answer === 'self') self = record;
    if (answer === undefined || answer === 'none' || record.yearOfBirth !== null) continue;
    const year = parseYearOfBirth(enteredYearFor(record.id, answer, answers));
    if (year === null) continue;
    entered.push({ subject: record.id, year });
    if (answer === 'self') entered.push({ subject: 'own', year });
  }
  const own = self || knownYearOfBirth !== null ? null : parseYearOfBirth(answers.ownYearOfBirth);
  return own === null ? entered : [...entered, { subject: 'own', year: own }];
}

/** Keeps years that are the first about somebody. @returns whether another one gives more access than the first did */
export async function recordEnteredYears(
  invitationId: string,
  enteredYears: readonly EnteredYear[],
  policy: AgePolicy,
): Promise<boolean> {
  const now = new Date();
  let gainsAccess = false;
  for (const { subject, year } of enteredYears) {
    const first = await findOrRecordFirstYear(invitationId, subject, year, now);
    if (first === null || first === year) continue;
    gainsAccess ||=
      accessRanks[ageStatusAt(year, now, policy)] > accessRanks[ageStatusAt(first, now, policy)];
  }
  return gainsAccess;
}

/** What was first entered is needed no longer: the invitation is accepted, or admits nobody. */
export async function deleteEnteredYears(invitationId: string): Promise<void> {
  await FirstEnteredYear.destroy({ where: { invitationId } });
}

/** The first year about somebody, which is this one if there is none yet; null when its key has left the ring. */
async function findOrRecordFirstYear(
  invitationId: string,
  subject: string,
  year: number,
  now: Date,
): Promise<number | null> {
  const mac = computeMac(currentKey(), invitationId, subject, year);
  await FirstEnteredYear.bulkCreate([{ invitationId, subject, mac }], { ignoreDuplicates: true });
  const stored = await FirstEnteredYear.findOne({ where: { invitationId, subject } });
  for (const key of config.linkKeys) {
    for (let candidate = now.getUTCFullYear(); candidate >= MIN_YEAR; candidate -= 1) {
      if (stored?.mac.equals(computeMac(key, invitationId, subject, candidate))) return candidate;
    }
  }
  return null;
}

function computeMac(key: LinkKey, invitationId: string, subject: string, year: number): Buffer {
  const macKey = deriveKey(key, 'first year of birth', 32);
  return createHmac('sha256', macKey).update(`${invitationId} ${subject} ${year}`).digest();
}
