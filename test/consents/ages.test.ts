import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { queryRows } from '../support/database.ts';
import { createTestInvitation, createTestRecord, newVisitor, validPassword } from '../support/fixtures.ts';

const guardian = { guardianName: 'Gita Guardian', guardianEmail: 'gita@example.net' };

/** On 31 December everyone has had their birthday; on 30 December and 1 January some may not have. */
const days = ['2026-12-30', '2026-12-31', '2027-01-01'];

/** The youngest possible age on a day, computed independently of the product. */
const youngestAgeOn = (day: string, born: number) =>
  day.endsWith('12-31') ? Number(day.slice(0, 4)) - born : Number(day.slice(0, 4)) - born - 1;

const expectedStatus = (age: number) =>
  age < 14 ? 'Blocked' : age < 18 ? 'Requires Consent' : 'Full Access';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(days)('access on %s', (day) => {
  it.each([2007, 2008, 2009, 2010, 2011, 2012, 2013, 2014])(
    'follows from the recorded year of birth: %i',
    async (born) => {
      vi.setSystemTime(`${day}T12:00:00Z`);
      const email = `born-${born}-on-${day}@example.org`;
      const recordId = await createTestRecord(email, { yearOfBirth: born });
      const { url } = await createTestInvitation(email, { validityDays: 90 });
      const visitor = newVisitor();
      const page = await visitor.open(url);
      const status = expectedStatus(youngestAgeOn(day, born));
      expect(page.$('.record .status').text()).toBe(status);
      const answers = { [`records[${recordId}]`]: 'self', ...guardian };
      const after = await visitor.submit('/register', { name: 'Born', password: validPassword, ...answers });
      if (status === 'Blocked') {
        expect(after.status).toBe(403);
        expect(after.text).toContain(`31 December ${born + 14}`);
      } else {
        expect(after.path).toBe(status === 'Full Access' ? '/home' : '/waiting');
      }
      expect(await Account.count({ where: { email } })).toBe(status === 'Blocked' ? 0 : 1);
    },
  );

  it.each([2008, 2009, 2012, 2013])('follows from the entered year of birth: %i', async (born) => {
    vi.setSystemTime(`${day}T23:59:59Z`);
    const email = `says-${born}-on-${day}@example.org`;
    const recordId = await createTestRecord(email, { yearOfBirth: null, batch: born + 18 });
    const { url } = await createTestInvitation(email, { validityDays: 90 });
    const visitor = newVisitor();
    await visitor.open(url);
    const answers = {
      [`records[${recordId}]`]: 'self',
      [`yearOfBirth[${recordId}]`]: String(born),
      ...guardian,
    };
    const after = await visitor.submit('/register', { name: 'Says', password: validPassword, ...answers });
    const status = expectedStatus(youngestAgeOn(day, born));
    expect(after.status).toBe(status === 'Blocked' ? 403 : 200);
    if (status !== 'Blocked') expect(after.path).toBe(status === 'Full Access' ? '/home' : '/waiting');
  });
});

it('ignores an entered year if the record has one', async () => {
  vi.setSystemTime('2026-12-30T12:00:00Z');
  const recordId = await createTestRecord('forger@example.org', { yearOfBirth: 2015 });
  const { url } = await createTestInvitation('forger@example.org', { validityDays: 90 });
  const visitor = newVisitor();
  await visitor.open(url);
  const forged = { [`records[${recordId}]`]: 'self', [`yearOfBirth[${recordId}]`]: '1980' };
  expect((await visitor.submit('/register', { name: 'F', password: validPassword, ...forged })).status).toBe(
    403,
  );
  expect(await Account.count({ where: { email: 'forger@example.org' } })).toBe(0);
});

it('stores nothing that a blocked child typed', async () => {
  vi.setSystemTime('2026-12-30T12:00:00Z');
  const recordId = await createTestRecord('toolittle@example.org', { yearOfBirth: null });
  const { url } = await createTestInvitation('toolittle@example.org', { validityDays: 90 });
  const visitor = newVisitor();
  await visitor.open(url);
  const typed = {
    name: 'Zuzanna Verysmall',
    password: 'seven purple elephants dance',
    [`records[${recordId}]`]: 'self',
    [`yearOfBirth[${recordId}]`]: '2019',
    guardianName: 'Wilhelmina Verysmall',
    guardianEmail: 'wilhelmina@example.net',
  };
  expect((await visitor.submit('/register', typed)).status).toBe(403);
  const tables = await queryRows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'graphile_worker')`,
  );
  let dump = '';
  for (const { name } of tables)
    dump += JSON.stringify(await queryRows(`select t::text as line from ${name} t`));
  expect(dump).toContain('toolittle@example.org');
  for (const word of ['Verysmall', 'wilhelmina', 'elephants']) expect(dump).not.toContain(word);
  // Not as part of a hash or a time, which may contain the same digits.
  expect(dump).not.toMatch(/(?<![\da-f.:-])2019(?![\da-f-])/);
});
