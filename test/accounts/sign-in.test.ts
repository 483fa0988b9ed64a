import { describe, expect, it } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { passwordHashing } from '../support/argon2.ts';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { expectRetryAfter } from '../support/retry-after.ts';

const cookieOf = (headers: Record<string, unknown>) => String(headers['set-cookie'] ?? '');

describe('signing in', () => {
  it('ignores the case of the address and opens the home page', async () => {
    await createTestAccount('member@example.org');
    const visitor = newVisitor();
    const page = await visitor.signIn('  Member@EXAMPLE.org ', validPassword);
    expect(page.path).toBe('/home');
    expect(
      (await Account.findOne({ where: { email: 'member@example.org' } }))?.lastSignedInAt,
    ).not.toBeNull();
  });

  it('opens the panel for staff, or returns to the requested page', async () => {
    expect((await signInStaff('support')).page.path).toBe('/admin');
    const visitor = newVisitor();
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    await visitor.submit('/sign-in', { email: 'support@example.org', password: validPassword });
    expect(visitor.page.path).toBe('/home');
  });

  it('responds alike to a wrong password and an unknown address, and keeps the typed address', async () => {
    await createTestAccount('wrong@example.org');
    const known = await newVisitor().signIn('wrong@example.org', 'not this one at all');
    const unknown = await newVisitor().signIn('whoever@example.org', 'not this one at all');
    expect(known.status).toBe(422);
    expect(unknown.status).toBe(422);
    expect(known.text).toBe(unknown.text);
    expect(known.$('input[name=email]').val()).toBe('wrong@example.org');
    expect(known.$('input[name=password]').val() ?? '').toBe('');
  });

  it('hashes passwords with argon2id at the cost that OWASP recommends', async () => {
    const { passwordHash } = await createTestAccount('hashed@example.org');
    expect(passwordHash).toMatch(/^\$argon2id\$v=19\$/);
    expect(passwordHashing.options).toEqual({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });

  it('verifies one password hash, for known and unknown addresses alike', async () => {
    await createTestAccount('timed@example.org');
    const visitor = newVisitor();
    const hashed = async (email: string) => {
      passwordHashing.verifications = 0;
      await visitor.signIn(email, 'not this one at all');
      return passwordHashing.verifications;
    };
    await hashed('warm-up@example.org');
    expect(await hashed('timed@example.org')).toBe(1);
    expect(await hashed('nobody-here@example.org')).toBe(1);
  });

  it('limits attempts per address and network without blocking other accounts', async () => {
    await createTestAccount('victim@example.org');
    const attacker = newVisitor();
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await attacker.signIn('victim@example.org', 'guess guess guess')).status).toBe(422);
    }
    const blocked = await attacker.signIn('victim@example.org', validPassword);
    expect(blocked.status).toBe(429);
    expectRetryAfter(15, blocked.headers);
    expect(JSON.stringify(await queryRows('select key from rate_limits'))).not.toContain('victim');
    await createTestAccount('bystander@example.org');
    expect((await newVisitor().signIn('bystander@example.org', validPassword)).path).toBe('/home');
  });

  it('refuses a suspended account, even if it is signed in', async () => {
    await queryRows('delete from rate_limits');
    await createTestAccount('suspended@example.org');
    const visitor = newVisitor();
    await visitor.signIn('suspended@example.org', validPassword);
    await queryRows(`update accounts set suspended_at = now() where email = 'suspended@example.org'`);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    const page = await newVisitor().signIn('suspended@example.org', validPassword);
    expect(page.text).toContain('suspended');
  });

  it('renews the session id, and signing out ends the session on the server', async () => {
    await createTestAccount('session@example.org');
    const visitor = newVisitor();
    const before = await visitor.post('/sign-out');
    const planted = cookieOf(before.headers).split(';')[0] ?? '';
    expect(cookieOf(before.headers)).toMatch(/HttpOnly/);
    expect(cookieOf(before.headers)).toMatch(/SameSite=Lax/);
    await visitor.signIn('session@example.org', validPassword);
    const stolen = await newVisitor().agent.get('/home').set('Cookie', planted);
    expect(stolen.headers.location).toMatch(/^\/sign-in\?returnTo=/);
    const signedIn = await queryRows<{ sid: string }>(
      `select sid from sessions where sess #>> '{passport,user}' is not null`,
    );
    await visitor.open('/home');
    await visitor.submit('/sign-out');
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    const remaining = await queryRows<{ sid: string }>(
      `select sid from sessions where sess #>> '{passport,user}' is not null`,
    );
    expect(remaining.length).toBe(signedIn.length - 1);
  });

  it('expires when idle, and two weeks after signing in', async () => {
    await createTestAccount('tired@example.org');
    const idle = newVisitor();
    await idle.signIn('tired@example.org', validPassword);
    await queryRows(`update sessions set expire = now() - interval '1 second'`);
    expect((await idle.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    const old = newVisitor();
    await old.signIn('tired@example.org', validPassword);
    await queryRows(`update sessions set sess = jsonb_set(sess::jsonb, '{startedAt}', '1000')::json`);
    expect((await old.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('never redirects to another site', async () => {
    await createTestAccount('redirected@example.org');
    const redirectTarget = async (returnTo: string) => {
      const visitor = newVisitor();
      await visitor.open(`/sign-in?returnTo=${encodeURIComponent(returnTo)}`);
      const fields = {
        ...visitor.fieldsOf('/sign-in'),
        email: 'redirected@example.org',
        password: validPassword,
      };
      return (await visitor.post('/sign-in', fields)).headers.location;
    };
    for (const returnTo of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '',
      'home',
    ])
      expect(await redirectTarget(returnTo), returnTo).toBe('/home');
    for (const returnTo of [
      '/.//evil.example',
      '/..//evil.example',
      '/a/..//evil.example',
      '/%2e//evil.example',
      '/./\\evil.example',
    ])
      expect(await redirectTarget(returnTo), returnTo).toBe('/home');
    expect(await redirectTarget('/account?from=mail')).toBe('/account?from=mail');
    expect(await redirectTarget('/%5cevil.example')).toBe('/%5cevil.example');
  });
});

describe('password reset', () => {
  const requestReset = async (email: string) => {
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    return visitor.submit('/forgot-password', { email });
  };

  it('mails a link that works once and ends all sessions', async () => {
    await createTestAccount('forgot@example.org');
    const elsewhere = newVisitor();
    await elsewhere.signIn('forgot@example.org', validPassword);
    await requestReset('forgot@example.org');
    const link = linkInMail(await latestMail('forgot@example.org'));
    const visitor = newVisitor();
    const page = await visitor.open(link);
    expect(page.path).toBe('/reset-password');
    expect(page.$('input[name=email]').val()).toBe('forgot@example.org');
    expect((await visitor.submit('/reset-password', { password: 'short' })).status).toBe(422);
    const response = await visitor.submit('/reset-password', { password: 'another quiet river' });
    expect(response.path).toBe('/sign-in');
    expect((await elsewhere.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
    expect((await newVisitor().signIn('forgot@example.org', validPassword)).status).toBe(422);
    expect((await newVisitor().signIn('forgot@example.org', 'another quiet river')).path).toBe('/home');
    const again = await newVisitor().open(link);
    expect(again.status).toBe(410);
    expect((await latestMail('forgot@example.org')).subject).toContain('was changed');
  });

  it('responds alike to unknown addresses, without sending mail', async () => {
    await createTestAccount('real@example.org');
    const known = await requestReset('real@example.org');
    const unknown = await requestReset('unreal@example.org');
    expect(known.text).toBe(unknown.text);
    await expect(latestMail('unreal@example.org')).rejects.toThrow('no mail');
  });

  it('sends at most three mails an hour', async () => {
    await queryRows('delete from rate_limits');
    await createTestAccount('bombed@example.org');
    for (let times = 0; times < 5; times += 1) {
      await requestReset('bombed@example.org');
      await runJobs();
    }
    expect(await queryRows(`select 1 from messages where recipient = 'bombed@example.org'`)).toHaveLength(3);
  });

  it('refuses links that are forged, expired or for another purpose', async () => {
    await queryRows('delete from rate_limits');
    await createTestAccount('expired-reset@example.org');
    await requestReset('expired-reset@example.org');
    const link = linkInMail(await latestMail('expired-reset@example.org'));
    expect((await newVisitor().open(link.replace('/reset-password', '/register'))).status).toBe(400);
    expect((await newVisitor().open(`${link.slice(0, -1)}`)).status).toBe(400);
    expect((await newVisitor().open('/reset-password?token=a&token=b')).status).toBe(400);
    const without = await newVisitor().open('/reset-password');
    expect([without.status, without.$('h1').text()]).toEqual([200, 'Open the link in your e-mail again']);
    await queryRows(
      `update password_resets set created_at = now() - interval '3 hours', expires_at = now() - interval '1 hour'`,
    );
    expect((await newVisitor().open(link)).status).toBe(410);
  });
});
