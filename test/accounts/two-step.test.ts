import { randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../src/accounts/account.ts';
import { authenticate, TwoStepCodeRequired } from '../../src/accounts/authenticate.ts';
import { verifyTwoStepCode } from '../../src/accounts/two-step.ts';
import { config } from '../../src/platform/config/config.ts';
import { duringTransaction } from '../support/concurrent-transaction.ts';
import { queryRows } from '../support/database.ts';
import {
  ageSignIns,
  createTestAccount,
  latestMail,
  linkInMail,
  newVisitor,
  runJobs,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { capturedMailsTo } from '../support/mail.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import {
  codeOf,
  dumpDatabase,
  memberWithAuthenticator,
  recoveryCodesOnPage,
  resetTimeSteps,
  secretOnPage,
  visitorAtCodeStep,
} from './authenticator.ts';

const events = (email: string) =>
  queryRows<{ action: string }>(
    `select action from audit_events where subject_type = 'account'
     and subject_id = (select id::text from accounts where email = $1) order by id`,
    [email],
  ).then((found) => found.map(({ action }) => action));

const subjectsFor = async (email: string) => {
  await runJobs();
  return (await capturedMailsTo(email)).map(({ subject }) => subject).join('\n');
};

beforeEach(async () => {
  await queryRows('delete from rate_limits');
});
afterEach(() => {
  vi.useRealTimers();
});

describe('turning two-step sign-in on', () => {
  it('shows a QR code and a key, and accepts the code of the app', async () => {
    await createTestAccount('new@example.org');
    const visitor = newVisitor();
    await visitor.signIn('new@example.org', validPassword);
    const page = await visitor.open('/account/two-step');
    expect(page.$('img').attr('src')).toMatch(/^data:image\/svg\+xml;base64,/);
    expect(page.$('.message').text().trim()).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
    const key = secretOnPage(visitor);
    expect(page.$('a[href^="otpauth://totp/"]').attr('href')).toContain(`secret=${key}`);
    const wrong = await visitor.submit('/account/two-step', { code: '000000' });
    expect(wrong.status).toBe(422);
    expect(secretOnPage(visitor)).toBe(key);
    const on = await visitor.submit('/account/two-step', { code: codeOf(key) });
    expect(on.status).toBe(200);
    expect(recoveryCodesOnPage(visitor)).toHaveLength(10);
    expect(new Set(recoveryCodesOnPage(visitor)).size).toBe(10);
    expect(recoveryCodesOnPage(visitor)[0]).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(await events('new@example.org')).toContain('account.two-step-enabled');
    expect(await subjectsFor('new@example.org')).toContain('Two-step sign-in is on');
    expect((await visitor.open('/account/two-step')).text).toContain('10 recovery codes left');
    expect(visitor.page.$('img')).toHaveLength(0);
  });

  it('asks for the password before it shows the key if the last sign-in is not recent', async () => {
    await createTestAccount('unlocked@example.org');
    const visitor = newVisitor();
    await visitor.signIn('unlocked@example.org', validPassword);
    await ageSignIns();
    expect((await visitor.open('/account/two-step')).path).toBe('/account/confirm');
    const confirmed = await visitor.submit('/account/confirm', { currentPassword: validPassword });
    expect(confirmed.path).toBe('/account/two-step');
    const key = secretOnPage(visitor);
    await ageSignIns();
    const confirmPage = await visitor.submit('/account/two-step', { code: codeOf(key) });
    expect(confirmPage.text).toContain('Confirm that it’s you');
    await visitor.submit('/account/two-step', { currentPassword: validPassword });
    expect(secretOnPage(visitor)).toBe(key);
    await visitor.submit('/account/two-step', { code: codeOf(key) });
    expect(recoveryCodesOnPage(visitor)).toHaveLength(10);
  });

  it('succeeds once for concurrent forms', async () => {
    await createTestAccount('twice@example.org');
    const visitor = newVisitor();
    await visitor.signIn('twice@example.org', validPassword);
    await visitor.open('/account/two-step');
    const fields = { code: codeOf(secretOnPage(visitor)) };
    const answers = await Promise.all([1, 2, 3].map(() => visitor.post('/account/two-step', fields)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const codes = await queryRows(
      `select 1 from recovery_codes c join accounts a on a.id = c.account_id where email = 'twice@example.org'`,
    );
    expect(codes).toHaveLength(10);
  });

  it('stores no key, recovery code or password in any table', async () => {
    const { key, recoveryCodes, visitor } = await memberWithAuthenticator('secretive@example.org');
    await visitor.open('/account/two-step');
    const text = await dumpDatabase();
    const secret = Secret.fromBase32(key);
    const bytes = Buffer.from(secret.bytes);
    const traces = [key, secret.hex, bytes.toString('base64'), bytes.toString('base64url')];
    const codes = recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')]);
    expect(text).toContain('secretive@example.org');
    for (const trace of [...traces, ...codes, validPassword])
      expect(text.toLowerCase()).not.toContain(trace.toLowerCase());
  });

  it('stores no key during setup', async () => {
    await createTestAccount('halfway@example.org');
    const visitor = newVisitor();
    await visitor.signIn('halfway@example.org', validPassword);
    await visitor.open('/account/two-step');
    const text = (await dumpDatabase()).toLowerCase();
    expect(text).not.toContain(secretOnPage(visitor).toLowerCase());
    expect(text).not.toContain(Secret.fromBase32(secretOnPage(visitor)).hex);
  });
});

describe('two-step sign-in', () => {
  it('asks for the code after the password, and then renews the session id', async () => {
    const { key } = await memberWithAuthenticator('steps@example.org');
    const visitor = await visitorAtCodeStep('steps@example.org');
    expect(visitor.page.path).toBe('/sign-in');
    expect(visitor.page.$('input[name=code]')).toHaveLength(1);
    expect(visitor.page.$('input[name=password]')).toHaveLength(0);
    expect((await visitor.agent.get('/home')).headers.location).toMatch(/^\/sign-in\?returnTo=/);
    await visitor.open('/sign-in');
    const answer = await visitor.post('/sign-in', { code: codeOf(key, 1) });
    expect(answer.headers['set-cookie']).toBeDefined();
    expect(answer.headers.location).toBe('/home');
    expect((await visitor.open('/home')).path).toBe('/home');
  });

  it('accepts address, password and code in one form', async () => {
    const { key } = await memberWithAuthenticator('atonce@example.org');
    const visitor = newVisitor();
    await visitor.open('/sign-in');
    const all = { email: 'atonce@example.org', password: validPassword };
    expect((await visitor.submit('/sign-in', { ...all, code: '111111' })).status).toBe(422);
    expect((await visitor.submit('/sign-in', { ...all, code: codeOf(key, 1) })).path).toBe('/home');
  });

  it('returns to the requested page', async () => {
    const { key } = await memberWithAuthenticator('onward@example.org');
    const visitor = newVisitor();
    await visitor.open('/account/sessions');
    await visitor.submit('/sign-in', { email: 'onward@example.org', password: validPassword });
    expect((await visitor.submit('/sign-in', { code: codeOf(key, 1) })).path).toBe('/account/sessions');
  });

  it('is not revealed before the password is right', async () => {
    await memberWithAuthenticator('hidden@example.org');
    await createTestAccount('plain@example.org');
    const hidden = await newVisitor().signIn('hidden@example.org', 'not this one at all');
    const plain = await newVisitor().signIn('plain@example.org', 'not this one at all');
    expect(hidden.status).toBe(plain.status);
    expect(hidden.text).toBe(plain.text);
  });

  it('accepts the codes of the previous, current and next time step only', async () => {
    const { key } = await memberWithAuthenticator('window@example.org');
    // In the middle of a time step, so that none ends while this runs.
    vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(Date.now() / 30_000) * 30_000 + 15_000 });
    const found: Record<number, string> = {};
    for (const steps of [-2, -1, 0, 1, 2]) {
      await resetTimeSteps();
      await queryRows('delete from rate_limits');
      const visitor = await visitorAtCodeStep('window@example.org');
      found[steps] = (await visitor.submit('/sign-in', { code: codeOf(key, steps) })).path;
    }
    expect(found).toEqual({ [-2]: '/sign-in', [-1]: '/home', 0: '/home', 1: '/home', 2: '/sign-in' });
  });

  it('accepts each code once, even if it is sent twice concurrently', async () => {
    const { key } = await memberWithAuthenticator('race@example.org');
    const visitors = [
      await visitorAtCodeStep('race@example.org'),
      await visitorAtCodeStep('race@example.org'),
    ];
    const code = codeOf(key, 1);
    const answers = await Promise.all(visitors.map((visitor) => visitor.post('/sign-in', { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
    const later = await visitorAtCodeStep('race@example.org');
    expect((await later.submit('/sign-in', { code })).status).toBe(422);
    expect((await later.submit('/sign-in', { code: codeOf(key) })).status).toBe(422);
  });

  it('doesn’t accept the code that turned it on', async () => {
    await createTestAccount('reuse@example.org');
    const visitor = newVisitor();
    await visitor.signIn('reuse@example.org', validPassword);
    await visitor.open('/account/two-step');
    const code = codeOf(secretOnPage(visitor));
    await visitor.submit('/account/two-step', { code });
    const again = await visitorAtCodeStep('reuse@example.org');
    expect((await again.submit('/sign-in', { code })).status).toBe(422);
  });

  it('accepts a recovery code once, in any spelling, and notifies the owner', async () => {
    const { recoveryCodes } = await memberWithAuthenticator('paper@example.org');
    const [code = '', other = ''] = recoveryCodes;
    const visitors = [
      await visitorAtCodeStep('paper@example.org'),
      await visitorAtCodeStep('paper@example.org'),
    ];
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    const answers = await Promise.all(visitors.map((visitor) => visitor.post('/sign-in', { code: typed })));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 422]);
    expect(await subjectsFor('paper@example.org')).toContain('recovery code was used');
    expect(await events('paper@example.org')).toContain('account.recovery-code-used');
    const next = await visitorAtCodeStep('paper@example.org');
    expect((await next.submit('/sign-in', { code })).status).toBe(422);
    expect((await next.submit('/sign-in', { code: other })).path).toBe('/home');
    expect((await next.open('/account/two-step')).text).toContain('8 recovery codes left');
  });

  it('doesn’t accept another account’s recovery code', async () => {
    const { recoveryCodes } = await memberWithAuthenticator('one@example.org');
    await memberWithAuthenticator('other@example.org');
    const visitor = await visitorAtCodeStep('other@example.org');
    expect((await visitor.submit('/sign-in', { code: recoveryCodes[0] ?? '' })).status).toBe(422);
  });

  it('blocks after five wrong codes, even if they are sent concurrently', async () => {
    const { key } = await memberWithAuthenticator('guessed@example.org');
    const visitor = await visitorAtCodeStep('guessed@example.org');
    const guesses = Array.from({ length: 9 }, (_, index) => `00000${index}`);
    const answers = await Promise.all(guesses.map((code) => visitor.post('/sign-in', { code })));
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    const blocked = await visitor.submit('/sign-in', { code: codeOf(key, 1) });
    expect(blocked.status).toBe(429);
    expectRetryAfter(15, blocked.headers);
  });

  it('checks concurrent attempts one after the other, so that none exceeds the limit', async () => {
    const { key, email } = await memberWithAuthenticator('burst@example.org');
    const owner = await Account.findOne({ where: { email }, rejectOnEmpty: true });
    const visitor = { kind: 'visitor', ip: null, requestId: null } as const;
    const lockWaits = () =>
      queryRows(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
    const attempts: Promise<'accepted' | 'refused'>[] = [];
    // All attempts wait before the first is checked. The right code is the last.
    await duringTransaction('select 1 from accounts where id = $1 for update', [owner.id], async () => {
      for (const code of ['000001', '000002', '000003', '000004', '000005', codeOf(key, 1)]) {
        const attempt = verifyTwoStepCode(owner, code, '192.0.2.1', visitor);
        attempts.push(
          attempt.then(
            () => 'accepted',
            () => 'refused',
          ),
        );
        await vi.waitFor(async () => expect(await lockWaits()).toHaveLength(attempts.length));
      }
    });
    expect(await Promise.all(attempts)).not.toContain('accepted');
  });

  it('asks for the password again after ten minutes', async () => {
    const { key } = await memberWithAuthenticator('slow@example.org');
    const visitor = await visitorAtCodeStep('slow@example.org');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 + 1000 });
    const late = await visitor.submit('/sign-in', { code: codeOf(key) });
    expect(late.status).toBe(422);
    expect(late.text).toContain('more than 10 minutes');
    expect(late.$('input[name=password]')).toHaveLength(1);
    expect((await visitor.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('is refused if the password changes or the account is suspended meanwhile', async () => {
    const { key } = await memberWithAuthenticator('meanwhile@example.org');
    const visitor = await visitorAtCodeStep('meanwhile@example.org');
    await queryRows(`update accounts set password_changed_at = now() + interval '1 second'
      where email = 'meanwhile@example.org'`);
    expect((await visitor.submit('/sign-in', { code: codeOf(key, 1) })).status).toBe(422);
    const other = await visitorAtCodeStep('meanwhile@example.org');
    await queryRows(`update accounts set suspended_at = now() where email = 'meanwhile@example.org'`);
    expect((await other.submit('/sign-in', { code: codeOf(key, 1) })).status).toBe(422);
    expect((await other.open('/home')).path).toMatch(/^\/sign-in\?returnTo=/);
  });

  it('allows signing in as someone else on the code page', async () => {
    await memberWithAuthenticator('first@example.org');
    await createTestAccount('second@example.org');
    const visitor = await visitorAtCodeStep('first@example.org');
    await visitor.open('/sign-in?start=again');
    expect((await visitor.submit('/sign-in', { email: 'second@example.org', password: '' })).status).toBe(
      422,
    );
    expect(visitor.page.$('input[name=password]')).toHaveLength(1);
    const answer = { email: 'second@example.org', password: validPassword };
    expect((await visitor.submit('/sign-in', answer)).path).toBe('/home');
    expect(visitor.page.text).toContain('second@example.org');
  });

  it('is not bypassed by a password reset or by a code without a password', async () => {
    const { key } = await memberWithAuthenticator('bypass@example.org');
    const visitor = newVisitor();
    await visitor.open('/forgot-password');
    await visitor.submit('/forgot-password', { email: 'bypass@example.org' });
    await visitor.open(linkInMail(await latestMail('bypass@example.org')));
    await visitor.submit('/reset-password', { password: 'another quiet river' });
    await visitor.signIn('bypass@example.org', 'another quiet river');
    expect(visitor.page.$('input[name=code]')).toHaveLength(1);
    const nobody = newVisitor();
    await nobody.open('/sign-in');
    const answer = await nobody.post('/sign-in', { code: codeOf(key, 1) });
    expect(answer.status).toBe(422);
  });

  it('is enforced by `authenticate`', async () => {
    const { key, email } = await memberWithAuthenticator('api@example.org');
    const credentials = { email, password: validPassword };
    const visitor = { kind: 'visitor', ip: null, requestId: null } as const;
    await expect(authenticate({ ...credentials, code: null }, '192.0.2.1', visitor)).rejects.toThrow(
      TwoStepCodeRequired,
    );
    const found = await authenticate({ ...credentials, code: codeOf(key, 1) }, '192.0.2.1', visitor);
    expect(found.email).toBe(email);
  });
});

describe('two-step secret', () => {
  const ring = [...config.linkKeys];
  afterEach(() => {
    config.linkKeys.splice(0, Infinity, ...ring);
  });

  it('is encrypted with a new key at the next sign-in, so that the old key can be removed', async () => {
    const { key, email } = await memberWithAuthenticator('rotated@example.org');
    const keyId = async () => {
      const [kept] = await queryRows<{ keyId: number }>(
        `select key_id as "keyId" from two_step_secrets s join accounts a on a.id = s.account_id where email = $1`,
        [email],
      );
      return kept?.keyId;
    };
    const newer = { id: ((ring[0]?.id ?? 0) + 1) % 256, key: randomBytes(32) };
    config.linkKeys.unshift(newer);
    expect(await keyId()).toBe(ring[0]?.id);
    const first = await visitorAtCodeStep(email);
    expect((await first.submit('/sign-in', { code: codeOf(key, 1) })).path).toBe('/home');
    expect(await keyId()).toBe(newer.id);
    config.linkKeys.pop();
    await resetTimeSteps();
    const second = await visitorAtCodeStep(email);
    expect((await second.submit('/sign-in', { code: codeOf(key) })).path).toBe('/home');
  });

  it('is bound to its account and can’t be copied to another', async () => {
    const { key } = await memberWithAuthenticator('copied@example.org');
    await memberWithAuthenticator('target@example.org');
    await queryRows(`update two_step_secrets set encrypted = (select encrypted from two_step_secrets s join accounts a
        on a.id = s.account_id where a.email = 'copied@example.org')
      where account_id = (select id from accounts where email = 'target@example.org')`);
    const visitor = await visitorAtCodeStep('target@example.org');
    expect((await visitor.submit('/sign-in', { code: codeOf(key, 1) })).status).toBe(500);
  });
});

describe('turning it off and renewing recovery codes', () => {
  it('take effect immediately and notify the owner', async () => {
    const { visitor, recoveryCodes, email } = await memberWithAuthenticator('owner@example.org');
    await visitor.open('/account/two-step');
    await visitor.submit('/account/two-step/recovery-codes');
    const fresh = recoveryCodesOnPage(visitor);
    expect(fresh).toHaveLength(10);
    expect(fresh.filter((code) => recoveryCodes.includes(code))).toEqual([]);
    expect(await subjectsFor(email)).toContain('new recovery codes');
    const old = await visitorAtCodeStep(email);
    expect((await old.submit('/sign-in', { code: recoveryCodes[0] ?? '' })).status).toBe(422);
    expect((await old.submit('/sign-in', { code: fresh[0] ?? '' })).path).toBe('/home');

    await visitor.open('/account/two-step/turn-off');
    const off = await visitor.submit('/account/two-step/turn-off');
    expect(off.path).toBe('/account/two-step');
    expect(off.$('img')).toHaveLength(1);
    expect(await subjectsFor(email)).toContain('Two-step sign-in is off');
    expect(await events(email)).toEqual(
      expect.arrayContaining(['account.recovery-codes-renewed', 'account.two-step-disabled']),
    );
    expect((await newVisitor().signIn(email, validPassword)).path).toBe('/home');
  });

  it('ask for password and code if the last sign-in is not recent, and so does the page', async () => {
    const { visitor, key } = await memberWithAuthenticator('idle@example.org');
    for (const action of ['/account/two-step/recovery-codes', '/account/two-step/turn-off']) {
      await visitor.open(action.endsWith('turn-off') ? action : '/account/two-step');
      await ageSignIns();
      await resetTimeSteps();
      const confirmPage = await visitor.submit(action);
      expect(confirmPage.status).toBe(403);
      expect(confirmPage.text).toContain('Confirm that it’s you');
      const passwordOnly = await visitor.submit(action, { currentPassword: validPassword });
      expect(passwordOnly.status).toBe(422);
      const both = { currentPassword: validPassword, code: codeOf(key, 1) };
      expect((await visitor.submit(action, both)).status).toBe(200);
    }
    await ageSignIns();
    expect((await visitor.open('/account/two-step')).path).toBe('/account/confirm');
  });

  it('creates a new key the next time', async () => {
    const { visitor, key } = await memberWithAuthenticator('again@example.org');
    await visitor.open('/account/two-step/turn-off');
    await visitor.submit('/account/two-step/turn-off');
    expect(secretOnPage(visitor)).not.toBe(key);
  });
});

describe('two-step sign-in for staff, if the settings require it', () => {
  afterEach(async () => {
    await queryRows('update settings set two_step_for_staff = false');
  });

  it('must be turned on before using the panel, and can’t be turned off', async () => {
    const admin = await signInStaff('admin');
    await queryRows('update settings set two_step_for_staff = true');
    const redirected = await admin.open('/admin/invitations');
    expect(redirected.path).toBe('/account/two-step');
    expect(redirected.text).toContain('Staff have to use two-step sign-in');
    const sent = await admin.post('/admin/invitations', { email: 'x@example.org' });
    expect(sent.headers.location).toBe('/account/two-step');
    await admin.open('/account/two-step');
    await admin.submit('/account/two-step', { code: codeOf(secretOnPage(admin)) });
    expect((await admin.open('/admin/invitations')).path).toBe('/admin/invitations');
    await admin.open('/account/two-step/turn-off');
    const refused = await admin.submit('/account/two-step/turn-off');
    expect(refused.status).toBe(409);
    const found = await Account.findOne({ where: { email: 'admin@example.org' } });
    expect(found?.twoStepEnabledAt).not.toBeNull();
  });
});
