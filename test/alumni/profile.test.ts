import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount } from '../../src/accounts/account.ts';
import { type ClaimInput, claimRecord, listProfiles } from '../../src/alumni/profile.ts';
import { listSubjectEvents } from '../../src/platform/audit/audit.ts';
import { closeDatabase, inTransaction } from '../../src/platform/db/database.ts';
import { Conflict } from '../../src/platform/errors.ts';
import { importLines, listAllRecords } from './directory.ts';

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
  for (const { id, external_id } of await listAllRecords()) ids.set(external_id, id);
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

function claim(
  accountId: string,
  externalId: string,
  relationship: ClaimInput['relationship'],
  statedYearOfBirth: number | null = null,
): Promise<string> {
  const recordId = ids.get(externalId) ?? '';
  const input = { accountId, recordId, relationship, statedYearOfBirth, policyVersion: 3 };
  return inTransaction(() => claimRecord(input, visitor));
}

describe('claiming a record', () => {
  it('links it to the account and records the claim with the policy version', async () => {
    const accountId = await newAccount();
    const profileId = await claim(accountId, 'P2', 'child');
    const events = await listSubjectEvents('alumni-record', ids.get('P2') ?? '');
    expect(events.at(-1)).toMatchObject({
      actor: 'visitor',
      action: 'profile.claimed',
      detail: { profileId, accountId, relationship: 'child', policyVersion: 3 },
    });
  });

  it('refuses a second “this is me” for one record', async () => {
    await claim(await newAccount(), 'P1', 'self');
    const late = claim(await newAccount(), 'P1', 'self');
    await expect(late).rejects.toThrow(new Conflict('Someone else has already registered as this person.'));
  });

  it('accepts one of many concurrent “this is me” claims', async () => {
    const accounts = await Promise.all(Array.from({ length: 6 }, newAccount));
    const claims = await Promise.allSettled(accounts.map((accountId) => claim(accountId, 'P6', 'self')));
    const refusals = claims.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals).toHaveLength(5);
    expect(refusals.every((reason) => reason instanceof Conflict)).toBe(true);
  });

  it('refuses a second “this is me” by one account, and records nothing', async () => {
    const accountId = await newAccount();
    await claim(accountId, 'P3', 'self', 1970);
    const before = await listSubjectEvents('alumni-record', ids.get('P2') ?? '');
    await expect(claim(accountId, 'P2', 'self')).rejects.toThrow(/already chosen “This is me”/);
    expect(await listProfiles(accountId)).toHaveLength(1);
    expect(await listSubjectEvents('alumni-record', ids.get('P2') ?? '')).toHaveLength(before.length);
  });

  it('refuses the same claim twice', async () => {
    const accountId = await newAccount();
    await claim(accountId, 'P2', 'child');
    await expect(claim(accountId, 'P2', 'child')).rejects.toThrow(/already linked to this record/);
  });

  it('allows two parents to claim the same child', async () => {
    await claim(await newAccount(), 'P2', 'child');
    await expect(claim(await newAccount(), 'P2', 'child')).resolves.toEqual(expect.any(String));
  });

  it.each(['P4', 'P5'])('refuses an inactive or deceased record (%s)', async (id) => {
    await expect(claim(await newAccount(), id, 'self')).rejects.toThrow(Conflict);
  });
});

describe('the profiles of an account', () => {
  it('list “self” first, then children by name, with the data of their records', async () => {
    await importLines(
      'id,first_name,last_name,batch,center,year_of_birth',
      'Q1,Una,West,1999,Saltmarsh,1977',
    );
    await importLines('id,first_name,last_name', 'Q2,Vic,West', 'Q3,Abe,West');
    for (const { id, external_id } of await listAllRecords()) ids.set(external_id, id);
    const accountId = await newAccount();
    await claim(accountId, 'Q2', 'child', 2010);
    await claim(accountId, 'Q3', 'child');
    // The office's year of birth takes precedence over the stated one.
    await claim(accountId, 'Q1', 'self', 1990);
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

  it('are empty without claims', async () => {
    expect(await listProfiles(await newAccount())).toEqual([]);
  });
});
