import { beforeEach, describe, expect, it } from 'vitest';
import { passwordHashing } from '../../support/argon2.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  newVisitor,
  validPassword,
} from '../../support/fixtures.ts';
import { expectRetryAfter } from '../../support/retry-after.ts';
import type { VisitedPage, Visitor } from '../../support/visitor.ts';

beforeEach(() => queryRows('delete from rate_limits'));

function expectTooManyAttempts(page: VisitedPage, minutes: number): void {
  expect(page.status).toBe(429);
  expectRetryAfter(minutes, page.headers);
  expect(page.text).toContain('Too many attempts');
  expect(page.text).toMatch(/Try again in \d+ (minute|hour)s?\./);
}

/** Submits a form repeatedly. @returns the response statuses and the last page */
async function submitRepeatedly(
  visitor: Visitor,
  path: string,
  count: number,
  fields: (index: number) => Record<string, string>,
) {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    await visitor.open(path);
    statuses.push((await visitor.submit(path, fields(index))).status);
  }
  return { statuses, page: visitor.page };
}

const repeated = (count: number, status: number) => Array.from({ length: count }, () => status);

describe('the rate limit', () => {
  it.each(['/forgot-password', '/register/new-link'])(
    'of %s is ten requests an hour per network, for any address',
    async (path) => {
      const visitor = newVisitor();
      const { statuses, page } = await submitRepeatedly(visitor, path, 11, (turn) => ({
        email: `a${turn}@example.org`,
      }));
      expect(statuses).toEqual([...repeated(10, 200), 429]);
      expectTooManyAttempts(page, 60);
      // A new visitor from the same network counts together.
      expect(
        (await submitRepeatedly(newVisitor(), path, 1, () => ({ email: 'b@example.org' }))).statuses,
      ).toEqual([429]);
      expect((await newVisitor().open(path)).status).toBe(200);
    },
  );

  it('of wrong passwords is a hundred per network, for any address', async () => {
    await createTestAccount('owner@example.org');
    const visitor = newVisitor();
    await submitRepeatedly(visitor, '/sign-in', 1, () => ({
      email: 'a@example.org',
      password: 'not this one',
    }));
    await queryRows(`update rate_limits set points = 99 where key like 'signInNetwork:%'`);
    const { statuses, page } = await submitRepeatedly(visitor, '/sign-in', 2, (turn) => ({
      email: `b${turn}@example.org`,
      password: 'not this one',
    }));
    expect(statuses).toEqual([422, 429]);
    expectTooManyAttempts(page, 15);
    expectTooManyAttempts(await newVisitor().signIn('owner@example.org', validPassword), 15);
  });

  it('of wrong passwords is ten per account, even if sent concurrently', async () => {
    await createTestAccount('target@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    const fields = { ...visitor.fieldsOf('/sign-in'), email: 'target@example.org' };
    passwordHashing.verifications = 0;
    const guesses = Array.from({ length: 60 }, (_, turn) => `not this one ${turn}`);
    const answers = await Promise.all(
      guesses.map((password) => visitor.post('/sign-in', { ...fields, password })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...repeated(10, 422), ...repeated(50, 429)]);
    expect(passwordHashing.verifications).toBe(10);
  });

  it('doesn’t apply to successful sign-ins', async () => {
    await createTestAccount('busy@example.org');
    for (let turn = 0; turn < 15; turn += 1) {
      expect((await newVisitor().signIn('busy@example.org', validPassword)).path).toBe('/home');
    }
    expect(await queryRows(`select key from rate_limits where key like 'signIn%' and points > 0`)).toEqual(
      [],
    );
  });

  it('of requests for a code is ten an hour', async () => {
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation('often@example.org', { delivery: 'link' })).url);
    let page = visitor.page;
    for (let turn = 0; turn < 11; turn += 1) {
      await queryRows(`update mailbox_codes set created_at = created_at - interval '2 minutes'`);
      await visitor.open('/register');
      page = await visitor.submit('/register/codes');
    }
    expectTooManyAttempts(page, 60);
    expect(await queryRows('select 1 from mailbox_codes')).toHaveLength(10);
  });

  it('of wrong codes is thirty a day, for any number of codes', async () => {
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation('guessed@example.org', { delivery: 'link' })).url);
    await visitor.submit('/register/codes');
    const statuses: number[] = [];
    for (let turn = 0; turn < 31; turn += 1) {
      await queryRows('update mailbox_codes set attempts = 0');
      await visitor.open('/register');
      statuses.push((await visitor.submit('/register/mailbox', { code: 'x' })).status);
    }
    expect(statuses).toEqual([...repeated(30, 422), 429]);
    expectTooManyAttempts(visitor.page, 24 * 60);
  });
});

describe('without a proxy', () => {
  it.each(['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Client-IP', 'True-Client-IP', 'CF-Connecting-IP'])(
    '%s changes neither the network that is counted nor the audit’s IP address',
    async (header) => {
      await createTestAccount(`${header.toLowerCase()}@example.org`);
      const visitor = newVisitor();
      const statuses: number[] = [];
      for (let turn = 0; turn < 11; turn += 1) {
        await visitor.open('/forgot-password');
        const fields = { ...visitor.fieldsOf('/forgot-password'), email: 'a@example.org' };
        statuses.push(
          (await visitor.post('/forgot-password', fields).set(header, `203.0.113.${turn}`)).status,
        );
      }
      expect(statuses).toEqual([...repeated(10, 303), 429]);
      await visitor.open('/sign-in');
      const email = `${header.toLowerCase()}@example.org`;
      const fields = { ...visitor.fieldsOf('/sign-in'), email, password: validPassword };
      expect((await visitor.post('/sign-in', fields).set(header, '203.0.113.9')).status).toBe(303);
      expect(await queryRows(`select ip from audit_events where host(ip) like '203.%'`)).toEqual([]);
    },
  );
});
