import { createHmac } from 'node:crypto';
import { DataTypes, type InferAttributes, type InferCreationAttributes, Model } from 'sequelize';
import { type Access, type AgePolicy, accessAt } from '../alumni/age.ts';
import type { RecordOnFile } from '../alumni/record.ts';
import { config, type LinkKey } from '../config.ts';
import { database } from '../database.ts';
import { derivedKey, firstKey } from '../seal.ts';
import { type Answers, type Claimable, readYear, yearFor } from './claims.ts';

/**
 * The first year of birth that is entered for an invitation counts, in whatever browser: whoever is refused doesn't get
 * in by another year. It is kept as an HMAC, which tells nothing without the key ring.
 */
export class FirstYear extends Model<InferAttributes<FirstYear>, InferCreationAttributes<FirstYear>> {
  declare invitationId: string;
  /** `own`, or the id of a record. */
  declare about: string;
  declare mac: Buffer;
}

FirstYear.init(
  {
    invitationId: { type: DataTypes.BIGINT, primaryKey: true },
    about: { type: DataTypes.TEXT, primaryKey: true },
    mac: DataTypes.BLOB,
  },
  { sequelize: database, tableName: 'first_years' },
);

const EARLIEST = 1900;
const order: Readonly<Record<Access, number>> = { blocked: 0, consent: 1, full: 2 };

/** A year of birth that was entered, and about whom: the person (`own`) or a record, by its id. */
export type EnteredYear = Readonly<{ about: string; year: number }>;

/** The years that answers tell of people whose year isn't known, whether or not the rest is right. */
export function enteredYears({ records, knownYear }: Claimable, answers: Answers): EnteredYear[] {
  const entered: EnteredYear[] = [];
  let self: RecordOnFile | undefined;
  for (const record of records) {
    const answer = answers.records[record.id];
    if (answer === 'self') self = record;
    if (answer === undefined || answer === 'none' || record.yearOfBirth !== null) continue;
    const year = readYear(yearFor(record.id, answer, answers));
    if (year === null) continue;
    entered.push({ about: record.id, year });
    if (answer === 'self') entered.push({ about: 'own', year });
  }
  const own = self || knownYear !== null ? null : readYear(answers.ownYearOfBirth);
  return own === null ? entered : [...entered, { about: 'own', year: own }];
}

/** Keeps years that are the first about somebody. @returns whether another one gives more access than the first did */
export async function keepFirstYears(
  invitationId: string,
  entered: readonly EnteredYear[],
  policy: AgePolicy,
): Promise<boolean> {
  const now = new Date();
  let gainsAccess = false;
  for (const { about, year } of entered) {
    const first = await firstYear(invitationId, about, year, now);
    if (first === null || first === year) continue;
    gainsAccess ||= order[accessAt(year, now, policy)] > order[accessAt(first, now, policy)];
  }
  return gainsAccess;
}

/** What was first entered is needed no longer: the invitation is accepted, or admits nobody. */
export async function forgetFirstYears(invitationId: string): Promise<void> {
  await FirstYear.destroy({ where: { invitationId } });
}

/** The first year about somebody, which is this one if there is none yet; null when its key has left the ring. */
async function firstYear(
  invitationId: string,
  about: string,
  year: number,
  now: Date,
): Promise<number | null> {
  const mac = macOf(firstKey(), invitationId, about, year);
  await FirstYear.bulkCreate([{ invitationId, about, mac }], { ignoreDuplicates: true });
  const kept = await FirstYear.findOne({ where: { invitationId, about } });
  for (const key of config.linkKeys) {
    for (let candidate = now.getUTCFullYear(); candidate >= EARLIEST; candidate -= 1) {
      if (kept?.mac.equals(macOf(key, invitationId, about, candidate))) return candidate;
    }
  }
  return null;
}

function macOf(key: LinkKey, invitationId: string, about: string, year: number): Buffer {
  const own = derivedKey(key, 'first year of birth', 32);
  return createHmac('sha256', own).update(`${invitationId} ${about} ${year}`).digest();
}
