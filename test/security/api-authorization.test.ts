import { beforeAll, describe, expect, it } from 'vitest';
import { type ApiScope, apiScopes, createApiKey } from '../../src/accounts/api-key.ts';
import { createGroup } from '../../src/groups/group.ts';
import { ApiClient } from '../api/api-client.ts';
import { queryRows } from '../support/database.ts';
import {
  app,
  createTestAccount,
  createTestInvitation,
  signInStaff,
  uniqueAddress,
} from '../support/fixtures.ts';
import { apiMatrix } from './matrix/api.ts';
import { apiRoutesOf, routeName } from './routes.ts';
import { snapshot } from './snapshot.ts';

const roles = ['none', 'suspended', 'member', 'support', 'admin'] as const;
const ofColumn = Object.fromEntries(roles.map((role, index) => [role, index]));
const clients: ApiClient[] = [];
let groupId: string;

beforeAll(async () => {
  await createTestAccount('member@example.org');
  await createTestAccount('support@example.org', 'support');
  await createTestAccount('admin@example.org', 'admin');
  await createTestAccount('suspended@example.org', 'admin');
  groupId = (await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' })).id;
  for (const role of roles)
    clients.push(role === 'none' ? new ApiClient() : await ApiClient.signIn(`${role}@example.org`));
  await queryRows(`update accounts set suspended_at = now() where email = 'suspended@example.org'`);
});

/** A key of a new administrator, whose account is then changed by SQL. */
async function createKeyClient(scopes: readonly ApiScope[], change = 'name = name'): Promise<ApiClient> {
  const { id } = await createTestAccount(uniqueAddress(), 'admin');
  const key = await createApiKey(id, { name: 'Test', scopes, days: 30 }, { kind: 'command' });
  const client = new ApiClient(key);
  await client.get('/api/v1/groups');
  await queryRows(`update accounts set ${change} where id = $1`, [id]);
  return client;
}

async function statusesFor(client: ApiClient): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const name of Object.keys(apiMatrix)) {
    const [method, path = ''] = name.split(' ');
    const url = await fillPath(path);
    statuses[name] = (await client.send(method ?? '', url)).status;
  }
  return statuses;
}

async function fillPath(path: string): Promise<string> {
  if (path.includes('/groups/')) return path.replace(':id', groupId);
  if (!path.includes(':id')) return path.replace(/:\w+_id/, 'nobody');
  return path.replace(
    ':id',
    (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation.id,
  );
}

describe('the access matrix of the API', () => {
  it('lists exactly the existing routes', () => {
    expect(Object.keys(apiMatrix).sort()).toEqual(apiRoutesOf(app).map(routeName).sort());
  });

  it.each(roles)('is correct for the token of: %s', async (role) => {
    const column = roles.indexOf(role);
    const expected = Object.entries(apiMatrix).map(([name, [row]]) => [name, row[column]]);
    expect(await statusesFor(clients[column] as ApiClient)).toEqual(Object.fromEntries(expected));
  });

  const others = apiScopes.filter((scope) => scope !== 'alumni:read');
  it.each<[string, readonly ApiScope[], (typeof roles)[number], string?]>([
    ['all scopes', apiScopes, 'admin'],
    ['one scope', ['alumni:read'], 'admin'],
    ['all other scopes', others, 'admin'],
    [
      'all scopes, of an administrator who is now support staff',
      apiScopes,
      'support',
      `staff_role = 'support'`,
    ],
    ['all scopes, of someone who left the staff', apiScopes, 'suspended', 'staff_role = null'],
    ['all scopes, of a suspended administrator', apiScopes, 'suspended', 'suspended_at = now()'],
  ])('is correct for an API key with %s', async (_what, scopes, role, change) => {
    const client = await createKeyClient(scopes, change);
    const expected = Object.entries(apiMatrix).map(([name, [row, scope]]) => {
      const isAllowed =
        role === 'suspended' || scope === 'anyone' || scopes.some((granted) => granted === scope);
      return [name, isAllowed ? row[ofColumn[role] ?? 0] : 403];
    });
    expect(await statusesFor(client)).toEqual(Object.fromEntries(expected));
  });
});

describe('a session cookie', () => {
  it('is ignored by every operation', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/home');
    const before = await snapshot();
    for (const [name, [row]] of Object.entries(apiMatrix)) {
      if (row[0] !== 401) continue;
      const [method, path = ''] = name.split(' ');
      const url = path.replace(':id', '1');
      const send = admin.agent[(method ?? '').toLowerCase() as 'get' | 'post' | 'put' | 'delete'].bind(
        admin.agent,
      );
      const { status, headers } = await (method === 'GET' ? send(url) : send(url).send({}));
      expect(status, name).toBe(401);
      expect(headers['set-cookie']).toBeUndefined();
    }
    expect(await snapshot()).toEqual(before);
  });
});

it('denied access is recorded in the audit', async () => {
  await queryRows('delete from rate_limits');
  const [, , member] = clients as [ApiClient, ApiClient, ApiClient];
  expect((await member.post('/api/v1/invitations/1/revocation')).status).toBe(403);
  const [last] = await queryRows<{ detail: object }>(
    `select detail from audit_events where action = 'access.denied' order by id desc limit 1`,
  );
  expect(last?.detail).toEqual({ method: 'POST', path: '/api/v1/invitations/:id/revocation' });
});

describe('a GET request', () => {
  it('changes nothing', async () => {
    const paths = await Promise.all(
      Object.keys(apiMatrix).flatMap((name) => (name.startsWith('GET') ? [fillPath(name.slice(4))] : [])),
    );
    const keyed = await createKeyClient(apiScopes);
    const before = await snapshot();
    for (const client of [...clients, keyed]) {
      for (const path of paths) expect((await client.get(path)).status).toBeLessThan(500);
    }
    expect(await snapshot()).toEqual(before);
  });
});
