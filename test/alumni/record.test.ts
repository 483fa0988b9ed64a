import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/account.ts';
import { exportRecords } from '../../src/alumni/export.ts';
import { emptyRecordFilter } from '../../src/alumni/filter.ts';
import { claimRecord } from '../../src/alumni/profile.ts';
import { displayName, listRecordsForAddress } from '../../src/alumni/record.ts';
import { closeDatabase, inTransaction } from '../../src/platform/db/database.ts';
import { writeCsv } from '../../src/platform/tables/write.ts';
import { importLines } from './directory.ts';

beforeAll(async () => {
  await importLines(
    'external_id,first_name,last_name,email,batch,center,year_of_birth,active,deceased',
    'A1,Ada,Moss,moss@example.org,2001,Cedar Bay,1980,yes,no',
    'A2,Bea,Moss,Moss@Example.org,2020,,2009,yes,no',
    'A3,Cal,Moss,moss@example.org,2020,Cedar Bay,,yes,no',
    'A4,Dee,Moss,moss@example.org,,,1999,yes,no',
    'A5,Eli,Lund,moss@example.org,2020,,1999,yes,no',
    'A6,Fay,Moss,moss@example.org,2022,,1999,no,no',
    'A7,Gus,Moss,moss@example.org,2022,,1999,yes,yes',
    'A8,Hal,Moss,somebody.else@example.org,2022,,1999,yes,no',
  );
});
afterAll(closeDatabase);

describe('the records for an address', () => {
  it('are active and living, newest batch first, without batch last, then by name', async () => {
    const found = await listRecordsForAddress('moss@example.org');
    expect(found.map(({ externalId }) => externalId)).toEqual(['A5', 'A2', 'A3', 'A1', 'A4']);
    expect(found[1]).toEqual({
      id: expect.any(String),
      externalId: 'A2',
      firstName: 'Bea',
      lastName: 'Moss',
      batch: 2020,
      center: null,
      yearOfBirth: 2009,
      claimed: null,
      emailOf: null,
    });
  });

  it('are found regardless of case', async () => {
    expect(await listRecordsForAddress('MOSS@example.org')).toHaveLength(5);
  });

  it('are empty for an unknown address', async () => {
    expect(await listRecordsForAddress('stranger@example.org')).toEqual([]);
    expect(await listRecordsForAddress('%@example.org')).toEqual([]);
  });

  it('show a “self” claim, but not a parent’s claim', async () => {
    const [first, second] = await listRecordsForAddress('moss@example.org');
    await inTransaction(async () => {
      const details = {
        email: 'eli@example.org',
        name: 'Eli Lund',
        passwordHash: '$argon2id$test',
        staffRole: null,
      };
      const account = await createAccount(details, { kind: 'command' });
      const common = { accountId: account.id, statedYearOfBirth: null, policyVersion: 1 };
      const self = { ...common, recordId: first?.id ?? '', relationship: 'self' } as const;
      const child = { ...common, recordId: second?.id ?? '', relationship: 'child' } as const;
      await claimRecord(self, { kind: 'command' });
      await claimRecord(child, { kind: 'command' });
    });
    const claims = (await listRecordsForAddress('moss@example.org')).map(({ claimed }) => claimed);
    expect(claims).toEqual(['self', null, null, null, null]);
  });
});

describe('a former name', () => {
  it('is imported, and exported under the same heading', async () => {
    await importLines('external_id,last_name,Maiden name', 'A9,Okafor,Ngozi Eze');
    const csv = (
      await text(writeCsv(await exportRecords({ ...emptyRecordFilter, search: 'eze' }, { kind: 'command' })))
    ).split('\n');
    expect(csv[0]).toContain('former_name');
    expect(csv[1]).toContain('Ngozi Eze');
  });
});

describe('the display name', () => {
  it('is the full name, or the only name', () => {
    expect(displayName({ firstName: 'Ada', lastName: 'Moss' })).toBe('Ada Moss');
    expect(displayName({ firstName: '', lastName: 'Suryati' })).toBe('Suryati');
  });
});
