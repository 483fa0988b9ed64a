import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ageStatusAt } from '../../src/alumni/age.ts';
import { listRecordsForAddress } from '../../src/alumni/record.ts';
import { sampleAddresses, samplePeople, toCsv } from '../../src/demo/sample/people.ts';
import { type ImportResult, importAlumni } from '../../src/imports/records/command-import.ts';
import { closeDatabase } from '../../src/platform/db/database.ts';
import { normaliseAddress } from '../../src/platform/text/address.ts';
import { listAllRecords, type StoredRecord } from '../alumni/directory.ts';

const policy = { blockedBelowAge: 14, fullAccessFromAge: 18 };
let result: ImportResult;
let sample: StoredRecord[] = [];

beforeAll(async () => {
  const csv = toCsv(samplePeople(new Date().getUTCFullYear()));
  result = await importAlumni(Readable.from([csv]), { kind: 'command' });
  sample = await listAllRecords();
});
afterAll(closeDatabase);

/** What each record under an address may do now, sorted; `unknown` without year of birth. */
async function accessUnder(address: string): Promise<string[]> {
  const found = await listRecordsForAddress(address);
  const access = found.map(({ yearOfBirth }) =>
    yearOfBirth === null ? 'unknown' : ageStatusAt(yearOfBirth, new Date(), policy),
  );
  return access.sort();
}

function byAddress(): StoredRecord[][] {
  const groups = new Map<string, StoredRecord[]>();
  for (const one of sample) {
    if (one.email !== null) groups.set(one.email, [...(groups.get(one.email) ?? []), one]);
  }
  return [...groups.values()];
}

describe('the sample directory', () => {
  it('has at least 320 people, whom an import takes without a fault', () => {
    expect(sample.length).toBeGreaterThanOrEqual(320);
    expect(result).toMatchObject({ created: sample.length, rejected: 0, unknownColumns: [] });
  });

  it('writes to nobody: every address is at example.org', () => {
    const addresses = sample.flatMap(({ email }) => (email === null ? [] : [email]));
    expect(addresses.filter((address) => !address.endsWith('@example.org'))).toEqual([]);
    expect(addresses.filter((address) => normaliseAddress(address) !== address)).toEqual([]);
  });

  it('shares addresses within families only', () => {
    for (const group of byAddress()) expect(new Set(group.map(({ last_name }) => last_name)).size).toBe(1);
  });

  it('spans many batches and centers, and lacks some of them', () => {
    const batches = sample.flatMap(({ batch }) => (batch === null ? [] : [batch]));
    expect(Math.min(...batches)).toBeLessThanOrEqual(1980);
    expect(Math.max(...batches)).toBeLessThanOrEqual(new Date().getUTCFullYear());
    expect(new Set(batches).size).toBeGreaterThan(30);
    expect(new Set(sample.map(({ center }) => center)).size).toBeGreaterThan(6);
    expect(sample.filter(({ batch }) => batch === null).length).toBeGreaterThan(2);
    expect(sample.filter(({ center }) => center === null).length).toBeGreaterThan(10);
  });

  it('has people of every status, inactive and deceased ones, and some without year of birth or address', () => {
    const now = new Date();
    const count = (fits: (one: StoredRecord) => boolean) => sample.filter(fits).length;
    const access = (one: StoredRecord) =>
      one.year_of_birth === null ? null : ageStatusAt(one.year_of_birth, now, policy);
    expect(count((one) => access(one) === 'full')).toBeGreaterThan(150);
    expect(count((one) => access(one) === 'consent')).toBeGreaterThan(20);
    expect(count((one) => access(one) === 'blocked')).toBeGreaterThan(10);
    expect(count((one) => one.year_of_birth === null)).toBeGreaterThan(10);
    expect(count((one) => one.email === null)).toBeGreaterThan(2);
    expect(count((one) => !one.active)).toBeGreaterThan(5);
    expect(count((one) => one.deceased)).toBeGreaterThan(5);
  });

  it('has twins: born in one year, under one address', () => {
    const twins = byAddress().filter((group) => {
      const children = group.filter(({ batch }) => (batch ?? 0) >= new Date().getUTCFullYear() - 3);
      return new Set(children.map((one) => one.year_of_birth)).size < children.length;
    });
    expect(twins.length).toBeGreaterThan(2);
  });
});

describe('the addresses to try things with', () => {
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
  ] as const)('%s: finds records that are %j', async (name, expected) => {
    expect(await accessUnder(sampleAddresses[name])).toEqual(expected);
  });

  it('are known to the office even where no record is found, but for the unknown one', () => {
    const known = (address: string) => sample.some(({ email }) => email === address);
    expect(known(sampleAddresses.inactive)).toBe(true);
    expect(known(sampleAddresses.deceased)).toBe(true);
    expect(known(sampleAddresses.unknown)).toBe(false);
  });
});
