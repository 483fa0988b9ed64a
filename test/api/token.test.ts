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
import { problemUrl } from '../../src/api/problems.ts';
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
import { ApiClient } from './api-client.ts';
import { decodeToken, forgeTokens, signToken } from './forged-tokens.ts';

const credentials = { email: 'amma@example.org', password: validPassword };
const requestToken = (body: object) => new ApiClient().post('/api/v1/token', body);

let accountId: string;
let validToken: string;
let forgedTokens: [string, string][];

beforeAll(async () => {
  accountId = (await createTestAccount('amma@example.org', 'admin')).id;
  validToken = (await requestToken(credentials)).body.access_token;
  const link = new URL((await createTestInvitation('link@example.org')).url).searchParams.get('token') ?? '';
  forgedTokens = forgeTokens(validToken, [link]);
});
beforeEach(() => queryRows('delete from rate_limits'));

describe('POST /token', () => {
  it('issues a token for 15 minutes and sets no cookie', async () => {
    const { status, body, headers } = await requestToken(credentials);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900 });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
    const { header, claims } = decodeToken(body.access_token);
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: expect.any(String) });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
    expect(claims).toMatchObject({
      iss: 'http://localhost:3000',
      aud: 'http://localhost:3000/api',
      sub: accountId,
    });
    expect(JSON.stringify(claims)).not.toMatch(/amma|admin|argon/);
    const event = await queryRow(
      `select 1 from audit_events where action = 'account.access-token-issued' and subject_id = $1`,
      [accountId],
    );
    expect(event).not.toBeNull();
  });

  it('responds identically to a wrong password and an unknown address', async () => {
    const wrong = await requestToken({ ...credentials, password: 'not the password at all' });
    const unknown = await requestToken({ ...credentials, email: 'nobody@example.org' });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect({ ...wrong.body, reference: '' }).toEqual({ ...unknown.body, reference: '' });
    expect(wrong.headers['www-authenticate']).toContain('Bearer');
  });

  it('shares its limit of attempts with the sign-in page', async () => {
    for (let attempts = 0; attempts < 5; attempts += 1)
      await requestToken({ ...credentials, password: 'wrong wrong wrong' });
    const visitor = newVisitor();
    for (let attempts = 0; attempts < 5; attempts += 1)
      await visitor.signIn('amma@example.org', 'wrong wrong wrong');
    const { status, body, headers } = await requestToken(credentials);
    expect(status).toBe(429);
    expect(body.type).toBe(problemUrl('too-many-requests'));
    expectRetryAfter(15, headers);
    expect((await visitor.signIn('amma@example.org', validPassword)).status).toBe(429);
  });

  it('requires a code if two-step sign-in is on, and accepts each code once', async () => {
    const { key } = await memberWithAuthenticator('two@example.org');
    await resetTimeSteps();
    const twoStep = { ...credentials, email: 'two@example.org' };
    const without = await requestToken(twoStep);
    expect([without.status, without.body.type]).toEqual([401, problemUrl('code-required')]);
    expect((await requestToken({ ...twoStep, code: '' })).body.type).toBe(problemUrl('code-required'));
    expect((await requestToken({ ...twoStep, code: '000000' })).body.type).toBe(problemUrl('not-signed-in'));
    const code = codeOf(key);
    expect((await requestToken({ ...twoStep, code })).status).toBe(200);
    expect((await requestToken({ ...twoStep, code })).status).toBe(401);
  });

  it('issues no token to a minor who awaits consent', async () => {
    const email = 'young@example.org';
    await registerMinor(email);
    const { status, body } = await requestToken({ ...credentials, email });
    expect([status, body.detail]).toEqual([403, 'This account is waiting for a guardian’s consent.']);
  });
});

describe('a forged token', () => {
  it('is tested in at least sixty variants', () => expect(forgedTokens.length).toBeGreaterThanOrEqual(60));

  it('is distinguished from the valid token', async () => {
    expect(signToken(decodeToken(validToken))).toBe(validToken);
    expect((await new ApiClient(validToken).get('/api/v1/invitations')).status).toBe(200);
  });

  it('is refused with the same response in every variant', async () => {
    for (const [difference, token] of forgedTokens) {
      const { status, body, headers } = await request(app)
        .get('/api/v1/invitations')
        .set('Authorization', `Bearer ${token}`);
      expect([difference, status, body.type]).toEqual([difference, 401, problemUrl('invalid-token')]);
      expect(headers['www-authenticate']).toBe('Bearer realm="Homecoming", error="invalid_token"');
      expect(verifyLinkToken('invitation', token) === null || difference.includes('another purpose')).toBe(
        true,
      );
    }
  });
});

describe('the Authorization header', () => {
  it.each([
    ['Basic', 'Basic YWRtaW46YWRtaW4='],
    ['no scheme', 'TOKEN'],
    ['two tokens', 'Bearer TOKEN TOKEN'],
    ['an empty token', 'Bearer '],
    ['another scheme', 'DPoP TOKEN'],
  ])('is refused with %s', async (_fault, header) => {
    const response = await request(app)
      .get('/api/v1/groups')
      .set('Authorization', header.replaceAll('TOKEN', validToken));
    expect(response.status).toBe(401);
  });

  it('accepts the scheme in any case, followed by any number of spaces', async () => {
    for (const start of ['Bearer ', 'bearer ', 'BEARER   '])
      expect(
        (
          await request(app)
            .get('/api/v1/groups')
            .set('Authorization', start + validToken)
        ).status,
      ).toBe(200);
  });

  it('is the only place for a token: not the URL, the body or a cookie', async () => {
    const requests = [
      request(app).get(`/api/v1/groups?access_token=${validToken}`),
      request(app).post('/api/v1/invitations').send({ access_token: validToken }),
      request(app)
        .get('/api/v1/groups')
        .set('Cookie', `access_token=${validToken}; homecoming=${validToken}`),
    ];
    for (const response of await Promise.all(requests)) expect(response.status).toBe(401);
    const page = await request(app).get('/home').set('Authorization', `Bearer ${validToken}`);
    expect(page.headers.location).toMatch(/^\/sign-in/);
  });
});

describe('a valid token', () => {
  it('remains valid while its key is in LINK_KEYS', async () => {
    const earlier = await ApiClient.signIn('amma@example.org');
    const [originalKey] = config.linkKeys;
    const newerKey = { id: ((originalKey?.id ?? 0) + 1) % 256, key: randomBytes(32) };
    config.linkKeys.unshift(newerKey);
    expect((await earlier.get('/api/v1/groups')).status).toBe(200);
    const later = await ApiClient.signIn('amma@example.org');
    config.linkKeys.pop();
    expect((await earlier.get('/api/v1/groups')).status).toBe(401);
    expect((await later.get('/api/v1/groups')).status).toBe(200);
    config.linkKeys.splice(0, 1, ...(originalKey ? [originalKey] : []));
    expect((await later.get('/api/v1/groups')).status).toBe(401);
    expect((await earlier.get('/api/v1/groups')).status).toBe(200);
  });

  it('becomes invalid as soon as the account’s security state changes', async () => {
    const changes: [string, () => Promise<unknown>][] = [
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
    for (const [change, apply] of changes) {
      const client = await ApiClient.signIn('amma@example.org');
      expect((await client.get('/api/v1/groups')).status, change).toBe(200);
      await apply();
      expect((await client.get('/api/v1/groups')).status, change).toBe(401);
      if (change === 'suspended')
        await queryRows('update accounts set suspended_at = null where id = $1', [accountId]);
    }
    await queryRows('update accounts set two_step_enabled_at = null where id = $1', [accountId]);
  });

  it('remains invalid even if the change of the account is undone', async () => {
    const actor: Actor = { kind: 'command' };
    await createTestAccount('keeper@example.org', 'admin');
    const changes: [string, () => Promise<unknown>][] = [
      [
        'suspended and reinstated',
        async () => {
          await suspendAccount(accountId, 'A mistake', actor);
          await reinstateAccount(accountId, actor);
        },
      ],
      [
        'role changed and restored',
        async () => {
          await changeStaffRole(accountId, 'support', actor);
          await changeStaffRole(accountId, 'admin', actor);
        },
      ],
      ['signed out by an administrator', () => signOutEverywhere(accountId, actor)],
      [
        'signed out elsewhere by the account',
        async () => endOtherSessions(await Account.findByPk(accountId, { rejectOnEmpty: true }), actor),
      ],
    ];
    for (const [change, apply] of changes) {
      const client = await ApiClient.signIn('amma@example.org');
      expect((await client.get('/api/v1/groups')).status, change).toBe(200);
      await apply();
      expect((await client.get('/api/v1/groups')).status, change).toBe(401);
    }
  });

  it('is not enough for staff without two-step sign-in if the office requires it', async () => {
    await signInStaff('support');
    const client = await ApiClient.signIn('support@example.org');
    await queryRows('update settings set two_step_for_staff = true');
    expect((await client.get('/api/v1/invitations')).status).toBe(403);
    await queryRows('update settings set two_step_for_staff = false');
    expect((await client.get('/api/v1/invitations')).status).toBe(200);
  });
});
