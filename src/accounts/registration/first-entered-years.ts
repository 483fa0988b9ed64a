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
 * The first year of birth entered for an invitation, in any browser. Someone who was refused can't get in by entering
 * another year. Only an HMAC is stored, which reveals nothing without the key ring.
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

/** A year of birth that was entered. `subject` is `own` (the person) or the id of a record. */
export type EnteredYear = Readonly<{ subject: string; year: number }>;

/** Extracts the years entered for people whose year isn't known, even if other answers are invalid. */
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

/** Stores each year that is the first for its subject. @returns whether a later year would give more access */
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

/** Call this once the invitation is accepted or blocked. */
export async function deleteEnteredYears(invitationId: string): Promise<void> {
  await FirstEnteredYear.destroy({ where: { invitationId } });
}

/** Returns the first year of a subject, storing this one if there is none; null if its key is no longer in the ring. */
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
