import { Readable } from 'node:stream';
import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { Account } from '../../../src/accounts/account.ts';
import { inviteAddress } from '../../../src/commands.ts';
import { importAlumni } from '../../../src/imports/records/command-import.ts';
import { parseAddress } from '../../../src/platform/text/address.ts';
import { ApiClient } from '../../api/api-client.ts';
import { idOf, uploadAndCheck } from '../../imports/uploads.ts';
import { queryRow, queryRows } from '../../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  newVisitor,
  registerMinor,
  signInStaff,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';
import { addressCases } from './hostile-addresses.ts';
import { nameCases } from './hostile-names.ts';

// A request with a NUL character or half of a surrogate pair is refused as a whole, and so is a megabyte.
const addresses = addressCases.filter(
  ([, typed]) => typed.length <= 400 && !/\p{Cs}/u.test(typed) && !typed.includes('\0'),
);
// In a file, a cell may hold several addresses: the first is used, and the others are listed.
const addressesInFiles = addresses.filter(([, typed]) => {
  const parsed = parseAddress(typed);
  return 'address' in parsed || parsed.fault.kind !== 'several';
});
const names = nameCases.filter(([, typed]) => !typed.includes('\0'));

let admin: Visitor;
let api: ApiClient;

beforeAll(async () => {
  admin = await signInStaff('admin');
  api = await ApiClient.signIn('admin@example.org');
});

type Outcome = readonly [what: string, stored: string | null];

async function eachOutcome(
  cases: readonly (readonly [string, string, string | null])[],
  enter: (typed: string) => Promise<string | null>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [what, typed] of cases) outcomes.push([what, await enter(typed)]);
  return outcomes;
}

const expectedOf = (cases: readonly (readonly [string, string, string | null])[]): Outcome[] =>
  cases.map(([what, , stored]) => [what, stored]);

const csvCell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** The address of the newest invitation, after all others were deleted. */
async function invitedBy(invite: () => Promise<unknown>): Promise<string | null> {
  await queryRows('truncate invitations cascade');
  await invite();
  const found = await queryRow<{ email: string }>('select email::text from invitations');
  return found?.email ?? null;
}

/** Checks a file of people to invite. @returns one column of each row, null if the row is invalid */
async function checkInvitees(column: 'email' | 'name', cells: readonly string[]): Promise<(string | null)[]> {
  const other = column === 'name' ? 'email' : 'message';
  const rows = cells.map(
    (cell, index) => `${csvCell(cell)},${column === 'name' ? `n${index}@example.org` : 'x'}\r\n`,
  );
  const page = await uploadAndCheck(admin, 'invitees', [`${column},${other}\r\n`, ...rows].join(''));
  const found = await queryRows<{ value: string | null }>(
    `select values ->> $2 as value from import_rows where import_id = $1 and status is not null order by line`,
    [idOf(page), column],
  );
  return found.map(({ value }) => value);
}

/** Imports records with an address or a last name. @returns the stored values, by case */
async function importRecords(
  column: 'email' | 'last_name',
  cells: readonly string[],
): Promise<(string | null)[]> {
  await queryRows('truncate alumni_members cascade');
  const header = column === 'email' ? 'external_id,email,last_name' : 'external_id,last_name,first_name';
  const rows = cells.map((cell, index) => `C${index},${csvCell(cell)},Owusu`);
  await importAlumni(Readable.from([Buffer.from([header, ...rows].join('\r\n'))]), { kind: 'command' });
  const found = await queryRows<{ id: string; value: string | null }>(
    `select external_id as id, ${column} as value from alumni_members`,
  );
  const stored = new Map(found.map(({ id, value }) => [id, value]));
  return cells.map((_, index) => stored.get(`C${index}`) ?? null);
}

describe('an address means the same', () => {
  it('in the form for an invitation', async () => {
    const outcomes = await eachOutcome(addresses, (email) =>
      invitedBy(() => admin.post('/admin/invitations', { email, override: 'typo' })),
    );
    expect(outcomes).toEqual(expectedOf(addresses));
  });

  it('in the API, for one invitation and for many', async () => {
    const outcomes = await eachOutcome(addresses, (email) =>
      invitedBy(() => api.post('/api/v1/invitations', { email })),
    );
    expect(outcomes).toEqual(expectedOf(addresses));
    await queryRows('truncate invitations cascade');
    const { body } = await api.post('/api/v1/invitations/bulk', {
      invitations: addresses.map(([, email]) => ({ email })),
    });
    const inBulk = body.results.map(({ email }: { email: string }, index: number) => {
      const [what, typed, address] = addresses[index] ?? ['', '', null];
      return [what, email === typed && address !== typed ? null : email];
    });
    expect(inBulk).toEqual(expectedOf(addresses));
  });

  it('in a file of people to invite', async () => {
    const filled = addressesInFiles.filter(([, typed]) => typed !== '');
    const read = await checkInvitees(
      'email',
      filled.map(([, typed]) => typed),
    );
    expect(filled.map(([what], index) => [what, read[index]])).toEqual(expectedOf(filled));
  });

  it('in a file of records', async () => {
    const read = await importRecords(
      'email',
      addressesInFiles.map(([, typed]) => typed),
    );
    expect(addressesInFiles.map(([what], index) => [what, read[index]])).toEqual(
      expectedOf(addressesInFiles),
    );
  });

  it('on the command line', async () => {
    const outcomes = await eachOutcome(addresses, (email) =>
      invitedBy(() => inviteAddress(email, { link: true }).catch(() => null)),
    );
    expect(outcomes).toEqual(expectedOf(addresses));
  });

  it('when signing in, and in a search', async () => {
    await createTestAccount('zoe@example.org', 'support', 'Zoë Example');
    for (const [what, typed, address] of addresses) {
      if (address !== 'zoe@example.org') continue;
      expect((await newVisitor().signIn(typed, validPassword)).path, what).toBe('/admin');
      if (typed.length > 100) continue;
      const found = await admin.open(`/admin/help?${new URLSearchParams({ q: typed })}`);
      expect(found.path, what).toBe('/admin/help/person?email=zoe%40example.org');
    }
  });

  it('for a guardian', async () => {
    const minor = await registerMinor('text.minor@example.org');
    const guardian = {
      guardianName: 'Gita Guardian',
      guardianEmail: 'Gita <mailto:gita\u200b@example.org>.',
    };
    const page = await minor.postAndFollow('/waiting/requests', guardian);
    expect(page.text).toContain('We’ve written to gita@example.org.');
    const found = await queryRows<{ email: string }>('select distinct email::text from guardians');
    expect(found).toEqual([{ email: 'gita@example.org' }]);
    const refused = await minor.postAndFollow('/waiting/requests', {
      ...guardian,
      guardianEmail: 'a@b.org/c',
    });
    expect(refused.text).toContain('Check the part of the e-mail address after the @');
  });
});

describe('a name means the same', () => {
  it('in the account of a member', async () => {
    const { id } = await createTestAccount('named@example.org');
    const visitor = newVisitor();
    await visitor.signIn('named@example.org', validPassword);
    const outcomes = await eachOutcome(names, async (name) => {
      await Account.update({ name: 'Unchanged' }, { where: { id } });
      await visitor.post('/account/name', { name });
      const stored = (await Account.findByPk(id))?.name;
      return stored === 'Unchanged' || stored === undefined ? null : stored;
    });
    expect(outcomes).toEqual(expectedOf(names));
  });

  it('in the form for a record', async () => {
    const outcomes = await eachOutcome(names, async (lastName) => {
      await queryRows('truncate alumni_members cascade');
      await admin.post('/admin/alumni', { externalId: 'N1', lastName });
      const stored = await queryRow<{ name: string }>('select last_name as name from alumni_members');
      return stored?.name ?? null;
    });
    expect(outcomes).toEqual(expectedOf(names));
  });

  it('in a file of records', async () => {
    const read = await importRecords(
      'last_name',
      names.map(([, typed]) => typed),
    );
    expect(names.map(([what], index) => [what, read[index]])).toEqual(expectedOf(names));
  });

  it('in a file of people to invite, where it may be missing', async () => {
    const read = await checkInvitees(
      'name',
      names.map(([, typed]) => typed),
    );
    expect(names.map(([what], index) => [what, read[index] || null])).toEqual(expectedOf(names));
  });

  it('at registration, also for a guardian', async () => {
    const visitor = newVisitor();
    const email = 'new.name@example.org';
    const recordId = await createTestRecord(email, { yearOfBirth: new Date().getUTCFullYear() - 16 });
    await visitor.open((await createTestInvitation(email)).url);
    const answers = {
      password: validPassword,
      [`records[${recordId}]`]: 'self',
      guardianEmail: 'g@example.net',
    };
    const refused = await visitor.submit('/register', {
      ...answers,
      name: 'Zoë\u202e',
      guardianName: '\u200b',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('guardian');
    await visitor.submit('/register', {
      ...answers,
      name: 'Zoe\u0308\u202e',
      guardianName: ' Gi\u200bta  Evil.Example ',
    });
    expect((await Account.findOne({ where: { email } }))?.name).toBe('Zoë');
    const guardian = await queryRow<{ name: string }>(
      `select name from guardians where email = 'g@example.net'`,
    );
    expect(guardian?.name).toBe('Gita Evil.Example');
    const mail = await latestMail('g@example.net');
    for (const part of [mail.text, mail.html]) {
      expect(part).toContain('Evil.\u2060Example');
      expect(part).not.toContain('Evil.Example');
    }
  });
});

describe('an id, a message and a number mean the same', () => {
  it('ids with and without invisible characters are one record', async () => {
    await queryRows('truncate alumni_members cascade');
    const file = 'external_id,last_name,batch\r\nR-001\u200b,Owusu,२००३\r\n';
    await importAlumni(Readable.from([Buffer.from(file)]), { kind: 'command' });
    await importAlumni(Readable.from([Buffer.from(file.replace('\u200b', ''))]), { kind: 'command' });
    await admin.post('/admin/alumni', { externalId: '\u2060R-001 ', lastName: 'Mensah' });
    const found = await queryRows('select external_id as id, last_name as name, batch from alumni_members');
    expect(found).toEqual([{ id: 'R-001', name: 'Owusu', batch: 2003 }]);
  });

  it('messages keep lines and emoji, but nothing that turns or controls', async () => {
    const message = ' Dear Zoë,\r\n\u202eWelcome\u0007 👩🏾‍🎓\u2028Bye ';
    const stored = 'Dear Zoë,\nWelcome  👩🏾‍🎓\nBye';
    const invite = [
      (email: string) => admin.post('/admin/invitations', { email, message }),
      (email: string) => api.post('/api/v1/invitations', { email, message }),
      (email: string) => inviteAddress(email, { message }),
    ];
    for (const [index, inviteBy] of invite.entries()) await inviteBy(`message${index}@example.org`);
    const found = await queryRows<{ message: string }>(
      `select message from invitations where email::text like 'message%' order by id`,
    );
    expect(found).toEqual(invite.map(() => ({ message: stored })));
  });

  it('digits may be of any script', async () => {
    await inviteAddress('days@example.org', { days: '٧' });
    await admin.post('/admin/invitations', { email: 'days2@example.org', validityDays: '７' });
    const found = await queryRows<{ days: number }>(
      `select validity_days as days from invitations where email::text like 'days%'`,
    );
    expect(found).toEqual([{ days: 7 }, { days: 7 }]);
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation('year@example.org')).url);
    const answers = { name: 'Amma Owusu', password: validPassword, ownYearOfBirth: '١٩٨٤' };
    expect((await visitor.submit('/register', answers)).path).toBe('/home');
    expect((await Account.findOne({ where: { email: 'year@example.org' } }))?.yearOfBirth).toBe(1984);
  });

  it('a password can be typed in another normalisation, on the site and in the API', async () => {
    const password = 'Café résumé naïve 42';
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation('cafe@example.org')).url);
    await visitor.submit('/register', { name: 'Amma Owusu', password, ownYearOfBirth: '1984' });
    const typed = password.normalize('NFD').replace(' ', '\u00a0');
    expect((await newVisitor().signIn('cafe@example.org', typed)).path).toBe('/home');
    expect(
      (await new ApiClient().post('/api/v1/token', { email: 'cafe@example.org', password: typed })).status,
    ).toBe(200);
    expect((await newVisitor().signIn('cafe@example.org', `${typed} `)).status).toBe(422);
  });
});

describe('JSON that PostgreSQL can’t store', () => {
  it.each([
    ['half of a surrogate pair', '{"reason":"x \\udc00"}', 400],
    ['the other half', '{"reason":"\\ud83d"}', 400],
    ['half of a pair in a name', '{"\\ud83d":1}', 400],
    ['a NUL character', '{"reason":"\\u0000"}', 400],
    ['a whole pair', '{"reason":"\\ud83d\\ude00"}', 200],
    ['a backslash before “u0000”', '{"reason":"\\\\u0000 \\\\ud83d"}', 200],
  ])('%s', async (_what, json, status) => {
    const { invitationId } = await createTestInvitation(`json${Math.random()}@example.org`);
    const answer = await request(app)
      .post(`/api/v1/invitations/${invitationId}/revocation`)
      .set('Authorization', `Bearer ${api.token}`)
      .set('Content-Type', 'application/json')
      .send(json);
    expect(answer.status).toBe(status);
  });
});
