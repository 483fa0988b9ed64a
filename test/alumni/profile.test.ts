import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/account.ts';
import { type ClaimInput, claimRecord, listProfiles } from '../../src/alumni/profile.ts';
import { listSubjectEvents } from '../../src/platform/audit/audit.ts';
import { closeDatabase, inTransaction } from '../../src/platform/db/database.ts';
import { Conflict } from '../../src/platform/errors.ts';
import { importLines, register } from './register.ts';

const visitor = { kind: 'visitor', ip: '203.0.113.7', requestId: 'r1' } as const;
const ids = new Map<string, string>();

beforeAll(async () => {
  await importLines(
    'external_id,first_name,last_name,batch,center,year_of_birth,active,deceased',
    'P1,Ada,Moss,2001,Cedar Bay,1980,yes,no',
    'P2,Bea,Moss,2024,,2010,yes,no',
    'P3,Abe,Moss,2024,,,yes,no',
    'P4,Gone,Moss,2024,,1990,no,no',
    'P5,Late,Moss,2024,,1990,yes,yes',
    'P6,Zoe,Moss,2003,,1985,yes,no',
  );
  for (const { id, external_id } of await register()) ids.set(external_id, id);
});
afterAll(closeDatabase);

let people = 0;
async function newAccount(): Promise<string> {
  people += 1;
  const details = {
    email: `p${people}@example.org`,
    name: 'P',
    passwordHash: '$argon2id$test',
    staffRole: null,
  };
  const account = await inTransaction(() => createAccount(details, visitor));
  return account.id;
}

function claimOf(
  accountId: string,
  externalId: string,
  relationship: ClaimInput['relationship'],
  statedYearOfBirth: number | null = null,
): Promise<string> {
  const recordId = ids.get(externalId) ?? '';
  const wanted = { accountId, recordId, relationship, statedYearOfBirth, policyVersion: 3 };
  return inTransaction(() => claimRecord(wanted, visitor));
}

describe('claiming a record', () => {
  it('links it to the account and writes who claimed what under which policy', async () => {
    const accountId = await newAccount();
    const profileId = await claimOf(accountId, 'P2', 'child');
    const events = await listSubjectEvents('alumni-record', ids.get('P2') ?? '');
    expect(events.at(-1)).toMatchObject({
      actor: 'visitor',
      action: 'profile.claimed',
      detail: { profileId, accountId, relationship: 'child', policyVersion: 3 },
    });
  });

  it('is refused for “this is me” when somebody is that person already', async () => {
    await claimOf(await newAccount(), 'P1', 'self');
    const late = claimOf(await newAccount(), 'P1', 'self');
    await expect(late).rejects.toThrow(new Conflict('Somebody else has registered as this person already.'));
  });

  it('lets exactly one of many at the same moment be that person', async () => {
    const accounts = await Promise.all(Array.from({ length: 6 }, newAccount));
    const claims = await Promise.allSettled(accounts.map((accountId) => claimOf(accountId, 'P6', 'self')));
    const refusals = claims.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals).toHaveLength(5);
    expect(refusals.every((reason) => reason instanceof Conflict)).toBe(true);
  });

  it('is refused for a second “this is me” of one account, and leaves no trace', async () => {
    const accountId = await newAccount();
    await claimOf(accountId, 'P3', 'self', 1970);
    const before = await listSubjectEvents('alumni-record', ids.get('P2') ?? '');
    await expect(claimOf(accountId, 'P2', 'self')).rejects.toThrow(/belongs to one person already/);
    expect(await listProfiles(accountId)).toHaveLength(1);
    expect(await listSubjectEvents('alumni-record', ids.get('P2') ?? '')).toHaveLength(before.length);
  });

  it('is refused a second time for the same record and account', async () => {
    const accountId = await newAccount();
    await claimOf(accountId, 'P2', 'child');
    await expect(claimOf(accountId, 'P2', 'child')).rejects.toThrow(/linked to this record already/);
  });

  it('is open to both parents of a child', async () => {
    await claimOf(await newAccount(), 'P2', 'child');
    await expect(claimOf(await newAccount(), 'P2', 'child')).resolves.toEqual(expect.any(String));
  });

  it.each(['P4', 'P5'])(
    'is refused for a record that is inactive or of somebody who has died (%s)',
    async (id) => {
      await expect(claimOf(await newAccount(), id, 'self')).rejects.toThrow(Conflict);
    },
  );
});

describe('the profiles of an account', () => {
  it('are itself first, then children by name, with what the office knows', async () => {
    await importLines(
      'id,first_name,last_name,batch,center,year_of_birth',
      'Q1,Una,West,1999,Saltmarsh,1977',
    );
    await importLines('id,first_name,last_name', 'Q2,Vic,West', 'Q3,Abe,West');
    for (const { id, external_id } of await register()) ids.set(external_id, id);
    const accountId = await newAccount();
    await claimOf(accountId, 'Q2', 'child', 2010);
    await claimOf(accountId, 'Q3', 'child');
    // The office's year of birth stands against what was stated.
    await claimOf(accountId, 'Q1', 'self', 1990);
    const profiles = await listProfiles(accountId);
    expect(profiles.map(({ firstName, yearOfBirth }) => [firstName, yearOfBirth])).toEqual([
      ['Una', 1977],
      ['Abe', null],
      ['Vic', 2010],
    ]);
    expect(profiles[0]).toEqual({
      id: expect.any(String),
      recordId: ids.get('Q1'),
      relationship: 'self',
      firstName: 'Una',
      lastName: 'West',
      batch: 1999,
      center: 'Saltmarsh',
      yearOfBirth: 1977,
    });
  });

  it('are none for somebody who claimed nothing', async () => {
    expect(await listProfiles(await newAccount())).toEqual([]);
  });
});
