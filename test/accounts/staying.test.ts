import { beforeEach, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, newVisitor, validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from './authenticator.ts';

const DAY_S = 24 * 60 * 60;

/** Seconds until the browser deletes the cookie that the response set; null if that is when it is closed. */
function cookieLifetime(headers: Record<string, unknown>): number | null {
  const cookie = [headers['set-cookie']].flat().find((value) => String(value).startsWith('homecoming='));
  const [, expires] = /Expires=([^;]+)/.exec(String(cookie)) ?? [];
  return expires === undefined ? null : (Date.parse(expires) - Date.now()) / 1000;
}

/** Seconds until the server forgets the account's session without use. */
async function idleLimit(email: string): Promise<number> {
  const found = await queryRow<{ seconds: number }>(
    `select extract(epoch from expire - now())::float8 as seconds from sessions
     where sess #>> '{passport,user}' = (select id::text from accounts where email = $1)`,
    [email],
  );
  return found?.seconds ?? 0;
}

async function age(email: string, days: number): Promise<void> {
  await queryRows(
    `update sessions set sess = jsonb_set(jsonb_set(sess::jsonb, '{startedAt}', to_jsonb((sess ->> 'startedAt')::bigint - $2::bigint)),
       '{seenAt}', to_jsonb((sess ->> 'seenAt')::bigint - $2::bigint))::json
     where sess #>> '{passport,user}' = (select id::text from accounts where email = $1)`,
    [email, days * DAY_S * 1000],
  );
}

async function signIn(
  email: string,
  fields: Record<string, string>,
): Promise<Visitor & { lifetime: number | null }> {
  const visitor = newVisitor();
  await visitor.open('/sign-in');
  const answer = await visitor.post('/sign-in', { email, password: validPassword, ...fields });
  expect(answer.status).toBe(303);
  return Object.assign(visitor, { lifetime: cookieLifetime(answer.headers) });
}

const isSignedIn = async (visitor: Visitor) => (await visitor.open('/account')).path === '/account';

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});

describe('staying signed in', () => {
  it('is a choice that nobody has made for people', async () => {
    const page = await newVisitor().open('/sign-in');
    expect(page.$('#staySignedIn').attr('checked')).toBeUndefined();
  });

  it('ends with the browser, or after 12 hours without use, for those who don’t choose it', async () => {
    await createTestAccount('short@example.org');
    const visitor = await signIn('short@example.org', {});
    expect(visitor.lifetime).toBeNull();
    expect(await idleLimit('short@example.org')).toBeCloseTo(DAY_S / 2, -2);
    await age('short@example.org', 15);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('lasts for 30 days, also without use, and no longer', async () => {
    await createTestAccount('long@example.org');
    const visitor = await signIn('long@example.org', { staySignedIn: 'yes' });
    expect(visitor.lifetime).toBeCloseTo(30 * DAY_S, -2);
    expect(await idleLimit('long@example.org')).toBeCloseTo(30 * DAY_S, -2);
    await age('long@example.org', 29);
    expect(await isSignedIn(visitor)).toBe(true);
    expect(await idleLimit('long@example.org')).toBeGreaterThan(29 * DAY_S);
    await age('long@example.org', 2);
    expect(await isSignedIn(visitor)).toBe(false);
  });

  it('is shown in the list of sessions', async () => {
    await createTestAccount('listed@example.org');
    const visitor = await signIn('listed@example.org', { staySignedIn: 'yes' });
    await signIn('listed@example.org', {});
    const { text } = await visitor.open('/account/sessions');
    expect(text.match(/Stays signed in ?Until \w+,? \d+ \w+/g)).toHaveLength(1);
    await age('listed@example.org', 20);
    expect((await visitor.open('/account/sessions')).$('article')).toHaveLength(1);
  });

  it('is never possible for staff', async () => {
    await createTestAccount('staff@example.org', 'support');
    expect((await signIn('staff@example.org', { staySignedIn: 'yes' })).lifetime).toBeNull();
    expect(await idleLimit('staff@example.org')).toBeCloseTo(DAY_S / 2, -2);
  });

  it('can be chosen before the two-step code is entered', async () => {
    const { email, key } = await memberWithAuthenticator('two-step@example.org');
    const visitor = await signIn(email, { staySignedIn: 'yes' });
    await resetTimeSteps();
    await visitor.open('/sign-in');
    const answer = await visitor.post('/sign-in', { code: codeOf(key) });
    expect(cookieLifetime(answer.headers)).toBeCloseTo(30 * DAY_S, -2);
  });

  it('can be chosen on registration', async () => {
    const visitor = newVisitor();
    await visitor.open((await createTestInvitation('registers@example.org')).url);
    expect(visitor.page.$('#staySignedIn').attr('checked')).toBeUndefined();
    const answer = await visitor.post('/register', {
      ...visitor.fieldsOf('/register'),
      name: 'Amma Owusu',
      password: validPassword,
      staySignedIn: 'yes',
    });
    expect(cookieLifetime(answer.headers)).toBeCloseTo(30 * DAY_S, -2);
  });

  it('is kept when the session gets a new id, and ends with a change of the account’s security', async () => {
    await createTestAccount('changes@example.org');
    const visitor = await signIn('changes@example.org', { staySignedIn: 'yes' });
    const other = await signIn('changes@example.org', { staySignedIn: 'yes' });
    await visitor.open('/account/password');
    await visitor.submit('/account/password', {
      currentPassword: validPassword,
      password: 'another quiet river',
    });
    expect((await visitor.open('/account/sessions')).text).toContain('Stays signed in');
    expect(await isSignedIn(other)).toBe(false);
  });
});
