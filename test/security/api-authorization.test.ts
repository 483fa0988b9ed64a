import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { ApiClient } from '../api/api-client.ts';
import { queryRows } from '../support/database.ts';
import { app, createTestAccount, createTestInvitation, signInStaff } from '../support/fixtures.ts';
import { apiMatrix } from './matrix/api.ts';
import { apiRoutesOf, routeName } from './routes.ts';
import { snapshot } from './snapshot.ts';

const roles = ['none', 'suspended', 'member', 'support', 'admin'] as const;
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

async function fillPath(path: string): Promise<string> {
  if (path.includes('/groups/')) return path.replace(':id', groupId);
  if (!path.includes(':id')) return path;
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
    const statuses: Record<string, number> = {};
    for (const name of Object.keys(apiMatrix)) {
      const [method, path = ''] = name.split(' ');
      const client = clients[column] as ApiClient;
      const url = await fillPath(path);
      const { status } = await (method === 'POST' ? client.post(url) : client.get(url));
      statuses[name] = status;
    }
    const expected = Object.entries(apiMatrix).map(([name, row]) => [name, row[column]]);
    expect(statuses).toEqual(Object.fromEntries(expected));
  });
});

describe('a session cookie', () => {
  it('is ignored by every operation', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/home');
    const before = await snapshot();
    for (const [name, row] of Object.entries(apiMatrix)) {
      if (row[0] !== 401) continue;
      const [method, path = ''] = name.split(' ');
      const url = path.replace(':id', '1');
      const { status, headers } = await (method === 'POST'
        ? admin.agent.post(url).send({})
        : admin.agent.get(url));
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
    const before = await snapshot();
    for (const client of clients) {
      for (const path of paths) expect((await client.get(path)).status).toBeLessThan(500);
    }
    expect(await snapshot()).toEqual(before);
  });
});
