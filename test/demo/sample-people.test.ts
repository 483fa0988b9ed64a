import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageStatusAt } from '../../src/alumni/age.ts';
import { listRecordsForAddress } from '../../src/alumni/record.ts';
import { sampleAddresses, samplePeople, toCsv } from '../../src/demo/sample/people.ts';
import { type ImportResult, importAlumni } from '../../src/imports/records/command-import.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { normaliseAddress } from '../../src/platform/text/address.ts';
import { listAllRecords, type StoredRecord } from '../alumni/directory.ts';

const ageLimits = { blockedBelowAge: 14, fullAccessFromAge: 18 };
let result: ImportResult;
let sample: StoredRecord[] = [];

beforeAll(async () => {
  const csv = toCsv(samplePeople(new Date().getUTCFullYear()));
  result = await importAlumni(Readable.from([csv]), { kind: 'command' });
  sample = await listAllRecords();
});
afterAll(closeDatabase);

/** The sorted age statuses of the records at an address; `unknown` without year of birth. */
async function ageStatusesAt(address: string): Promise<string[]> {
  const found = await listRecordsForAddress(address);
  const statuses = found.map(({ yearOfBirth }) =>
    yearOfBirth === null ? 'unknown' : ageStatusAt(yearOfBirth, new Date(), ageLimits),
  );
  return statuses.sort();
}

function byAddress(): StoredRecord[][] {
  const groups = new Map<string, StoredRecord[]>();
  for (const record of sample) {
    if (record.email !== null) groups.set(record.email, [...(groups.get(record.email) ?? []), record]);
  }
  return [...groups.values()];
}

describe('the sample directory', () => {
  it('has at least 320 people, all imported without errors', () => {
    expect(sample.length).toBeGreaterThanOrEqual(320);
    expect(result).toMatchObject({ created: sample.length, rejected: 0, unknownColumns: [] });
  });

  it('has only addresses at example.org', () => {
    const addresses = sample.flatMap(({ email }) => (email === null ? [] : [email]));
    expect(addresses.filter((address) => !address.endsWith('@example.org'))).toEqual([]);
    expect(addresses.filter((address) => normaliseAddress(address) !== address)).toEqual([]);
  });

  it('shares addresses only within families', () => {
    for (const group of byAddress()) expect(new Set(group.map(({ last_name }) => last_name)).size).toBe(1);
  });

  it('has many batches and centers, and some records without', () => {
    const batches = sample.flatMap(({ batch }) => (batch === null ? [] : [batch]));
    expect(Math.min(...batches)).toBeLessThanOrEqual(1980);
    expect(Math.max(...batches)).toBeLessThanOrEqual(new Date().getUTCFullYear());
    expect(new Set(batches).size).toBeGreaterThan(30);
    expect(new Set(sample.map(({ center }) => center)).size).toBeGreaterThan(6);
    expect(sample.filter(({ batch }) => batch === null).length).toBeGreaterThan(2);
    expect(sample.filter(({ center }) => center === null).length).toBeGreaterThan(10);
  });

  it('has people of every age status, inactive and deceased ones, and some without year of birth or address', () => {
    const now = new Date();
    const count = (matches: (record: StoredRecord) => boolean) => sample.filter(matches).length;
    const statusOf = (record: StoredRecord) =>
      record.year_of_birth === null ? null : ageStatusAt(record.year_of_birth, now, ageLimits);
    expect(count((record) => statusOf(record) === 'full')).toBeGreaterThan(150);
    expect(count((record) => statusOf(record) === 'consent')).toBeGreaterThan(20);
    expect(count((record) => statusOf(record) === 'blocked')).toBeGreaterThan(10);
    expect(count((record) => record.year_of_birth === null)).toBeGreaterThan(10);
    expect(count((record) => record.email === null)).toBeGreaterThan(2);
    expect(count((record) => !record.active)).toBeGreaterThan(5);
    expect(count((record) => record.deceased)).toBeGreaterThan(5);
  });

  it('has twins with a shared address', () => {
    const twins = byAddress().filter((group) => {
      const children = group.filter(({ batch }) => (batch ?? 0) >= new Date().getUTCFullYear() - 3);
      return new Set(children.map((child) => child.year_of_birth)).size < children.length;
    });
    expect(twins.length).toBeGreaterThan(2);
  });
});

describe('the sample addresses', () => {
  it.each([
    ['adult', ['full']],
    ['family', ['consent', 'consent', 'full']],
    ['twins', ['consent', 'consent', 'full']],
    ['youngFamily', ['blocked', 'full']],
    ['many', ['blocked', 'consent', 'full', 'full', 'full', 'unknown']],
    ['noYear', ['unknown']],
    ['noBatch', ['full']],
    ['teen', ['consent']],
    ['underFourteen', ['blocked']],
    ['inactive', []],
    ['deceased', []],
    ['unknown', []],
  ] as const)('%s has records with the statuses %j', async (name, expected) => {
    expect(await ageStatusesAt(sampleAddresses[name])).toEqual(expected);
  });

  it('are in the directory, even inactive and deceased ones, except the unknown one', () => {
    const isInDirectory = (address: string) => sample.some(({ email }) => email === address);
    expect(isInDirectory(sampleAddresses.inactive)).toBe(true);
    expect(isInDirectory(sampleAddresses.deceased)).toBe(true);
    expect(isInDirectory(sampleAddresses.unknown)).toBe(false);
  });
});
