import { randomBytes } from 'node:crypto';
import request from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Account, setPassword } from '../../src/accounts/account.ts';
import {
  changeStaffRole,
  reinstateAccount,
  signOutEverywhere,
  suspendAccount,
} from '../../src/accounts/administration.ts';
import { hashPassword } from '../../src/accounts/password.ts';
import { endOtherSessions } from '../../src/accounts/sessions.ts';
import type { Actor } from '../../src/platform/audit/audit.ts';
import { config } from '../../src/platform/config/config.ts';
import { verifyLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { codeOf, memberWithAuthenticator, resetTimeSteps } from '../accounts/authenticator.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  newVisitor,
  registerMinor,
  signInStaff,
  validPassword,
} from '../support/fixtures.ts';
import { expectRetryAfter } from '../support/retry-after.ts';
import { forgedFrom, partsOf, signed } from './forged.ts';
import { Program } from './program.ts';

const credentials = { email: 'amma@example.org', password: validPassword };
const ask = (body: object) => new Program().post('/api/v1/token', body);

let accountId: string;
let good: string;
let forged: [string, string][];

beforeAll(async () => {
  accountId = (await createTestAccount('amma@example.org', 'admin')).id;
  good = (await ask(credentials)).body.access_token;
  const link = new URL((await createTestInvitation('link@example.org')).url).searchParams.get('token') ?? '';
  forged = forgedFrom(good, [link]);
});
beforeEach(() => queryRows('delete from rate_limits'));

describe('asking for a token', () => {
  it('gives one for a quarter of an hour, and no cookie', async () => {
    const { status, body, headers } = await ask(credentials);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900 });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
    const { header, claims } = partsOf(body.access_token);
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
    expect(claims).toMatchObject({
      iss: 'http://localhost:3000',
      aud: 'http://localhost:3000/api',
      sub: accountId,
    });
    expect(JSON.stringify(claims)).not.toMatch(/amma|admin|argon/);
    const noted = await queryRow(
      `select 1 from audit_events where action = 'account.access-token-issued' and subject_id = $1`,
      [accountId],
    );
    expect(noted).not.toBeNull();
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const wrong = await ask({ ...credentials, password: 'not the password at all' });
    const unknown = await ask({ ...credentials, email: 'nobody@example.org' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect({ ...wrong.body, instance: '' }).toEqual({ ...unknown.body, instance: '' });
    expect(wrong.headers['www-authenticate']).toContain('Bearer');
  });

  it('counts its tries together with those at the sign-in page', async () => {
    for (let tries = 0; tries < 5; tries += 1) await ask({ ...credentials, password: 'wrong wrong wrong' });
    const visitor = newVisitor();
    for (let tries = 0; tries < 5; tries += 1) await visitor.signIn('amma@example.org', 'wrong wrong wrong');
    const { status, body, headers } = await ask(credentials);
    expect(status).toBe(429);
    expect(body.type).toBe('urn:homecoming:too-many-requests');
    expectRetryAfter(15, headers);
    expect((await visitor.signIn('amma@example.org', validPassword)).status).toBe(429);
  });

  it('asks for a code where two-step sign-in is on, and takes each once', async () => {
    const { key } = await memberWithAuthenticator('two@example.org');
    await resetTimeSteps();
    const two = { ...credentials, email: 'two@example.org' };
    const without = await ask(two);
    expect([without.status, without.body.type]).toEqual([401, 'urn:homecoming:code-required']);
    expect((await ask({ ...two, code: '' })).body.type).toBe('urn:homecoming:code-required');
    expect((await ask({ ...two, code: '000000' })).body.type).toBe('urn:homecoming:not-signed-in');
    const code = codeOf(key);
    expect((await ask({ ...two, code })).status).toBe(200);
    expect((await ask({ ...two, code })).status).toBe(401);
  });

  it('gives none to a minor who waits for consent', async () => {
    const email = 'young@example.org';
    await registerMinor(email);
    const { status, body } = await ask({ ...credentials, email });
    expect([status, body.detail]).toEqual([403, 'This account is waiting for a guardian’s consent.']);
  });
});

describe('a forged token', () => {
  it('is tried in at least sixty ways', () => expect(forged.length).toBeGreaterThanOrEqual(60));

  it('is told from the one it was made of', async () => {
    expect(signed(partsOf(good))).toBe(good);
    expect((await new Program(good).get('/api/v1/invitations')).status).toBe(200);
  });

  it('is refused in every one of them, in the same words', async () => {
    for (const [what, token] of forged) {
      const { status, body, headers } = await request(app)
        .get('/api/v1/invitations')
        .set('Authorization', `Bearer ${token}`);
      expect([what, status, body.type]).toEqual([what, 401, 'urn:homecoming:invalid-token']);
      expect(headers['www-authenticate']).toBe('Bearer realm="Homecoming", error="invalid_token"');
      expect(verifyLinkToken('invitation', token) === null || what.includes('another purpose')).toBe(true);
    }
  });

  it.each([
    ['Basic', 'Basic YWRtaW46YWRtaW4='],
    ['no scheme', 'TOKEN'],
    ['two tokens', 'Bearer TOKEN TOKEN'],
    ['an empty one', 'Bearer '],
    ['another scheme', 'DPoP TOKEN'],
  ])('is refused with %s', async (_what, header) => {
    const answer = await request(app)
      .get('/api/v1/groups')
      .set('Authorization', header.replaceAll('TOKEN', good));
    expect(answer.status).toBe(401);
  });

  it('is taken with a scheme in any letters, and any spaces after it', async () => {
    for (const start of ['Bearer ', 'bearer ', 'BEARER   '])
      expect(
        (
          await request(app)
            .get('/api/v1/groups')
            .set('Authorization', start + good)
        ).status,
      ).toBe(200);
  });

  it('counts nowhere else: not in the address, the body or a cookie', async () => {
    const tries = [
      request(app).get(`/api/v1/groups?access_token=${good}`),
      request(app).post('/api/v1/invitations').send({ access_token: good }),
      request(app).get('/api/v1/groups').set('Cookie', `access_token=${good}; homecoming=${good}`),
    ];
    for (const asked of tries) expect((await asked).status).toBe(401);
    const page = await request(app).get('/home').set('Authorization', `Bearer ${good}`);
    expect(page.headers.location).toMatch(/^\/sign-in/);
  });
});

describe('a good token', () => {
  it('stays good when a newer key signs, and ends when its own leaves the ring', async () => {
    const program = await Program.of('amma@example.org');
    const [own] = config.linkKeys;
    const newer = { id: ((own?.id ?? 0) + 1) % 256, key: randomBytes(32) };
    config.linkKeys.unshift(newer);
    expect((await program.get('/api/v1/groups')).status).toBe(200);
    const later = await Program.of('amma@example.org');
    config.linkKeys.pop();
    expect((await program.get('/api/v1/groups')).status).toBe(401);
    expect((await later.get('/api/v1/groups')).status).toBe(200);
    config.linkKeys.splice(0, 1, ...(own ? [own] : []));
    expect((await later.get('/api/v1/groups')).status).toBe(401);
    expect((await program.get('/api/v1/groups')).status).toBe(200);
  });

  it('ends at once with a change of the account', async () => {
    const ends: [string, () => Promise<unknown>][] = [
      ['suspended', () => queryRows('update accounts set suspended_at = now() where id = $1', [accountId])],
      [
        'another role',
        () =>
          queryRows(`update accounts set suspended_at = null, staff_role = 'support' where id = $1`, [
            accountId,
          ]),
      ],
      ['no role', () => queryRows(`update accounts set staff_role = null where id = $1`, [accountId])],
      [
        'another password',
        async () => {
          const hash = await hashPassword(validPassword);
          await queryRows(`update accounts set staff_role = 'admin' where id = $1`, [accountId]);
          await inTransaction(() => setPassword(accountId, hash, { kind: 'system' }));
        },
      ],
      [
        'two-step sign-in',
        () => queryRows('update accounts set two_step_enabled_at = now() where id = $1', [accountId]),
      ],
    ];
    for (const [what, end] of ends) {
      const program = await Program.of('amma@example.org');
      expect((await program.get('/api/v1/groups')).status, what).toBe(200);
      await end();
      expect((await program.get('/api/v1/groups')).status, what).toBe(401);
      if (what === 'suspended')
        await queryRows('update accounts set suspended_at = null where id = $1', [accountId]);
    }
    await queryRows('update accounts set two_step_enabled_at = null where id = $1', [accountId]);
  });

  it('never works again once whoever holds it was signed out everywhere', async () => {
    const byHand: Actor = { kind: 'command' };
    await createTestAccount('keeper@example.org', 'admin');
    const turns: [string, () => Promise<unknown>][] = [
      [
        'suspended for a moment',
        async () => {
          await suspendAccount(accountId, 'A mistake', byHand);
          await reinstateAccount(accountId, byHand);
        },
      ],
      [
        'without the role for a moment',
        async () => {
          await changeStaffRole(accountId, 'support', byHand);
          await changeStaffRole(accountId, 'admin', byHand);
        },
      ],
      ['signed out by an administrator', () => signOutEverywhere(accountId, byHand)],
      [
        'signed out elsewhere by themselves',
        async () => endOtherSessions(await Account.findByPk(accountId, { rejectOnEmpty: true }), byHand),
      ],
    ];
    for (const [what, turn] of turns) {
      const program = await Program.of('amma@example.org');
      expect((await program.get('/api/v1/groups')).status, what).toBe(200);
      await turn();
      expect((await program.get('/api/v1/groups')).status, what).toBe(401);
    }
  });

  it('of staff without two-step sign-in is not enough where that is asked for', async () => {
    await signInStaff('support');
    const program = await Program.of('support@example.org');
    await queryRows('update settings set two_step_for_staff = true');
    expect((await program.get('/api/v1/invitations')).status).toBe(403);
    await queryRows('update settings set two_step_for_staff = false');
    expect((await program.get('/api/v1/invitations')).status).toBe(200);
  });
});
