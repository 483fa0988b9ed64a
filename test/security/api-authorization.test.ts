import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { ApiClient } from '../api/api-client.ts';
import { queryRows } from '../support/database.ts';
import { app, createTestAccount, createTestInvitation, signInStaff } from '../support/fixtures.ts';
import { apiMatrix } from './matrix/api.ts';
import { apiRoutesOf, routeName } from './routes.ts';
import { snapshot } from './snapshot.ts';

const holders = ['none', 'suspended', 'member', 'support', 'admin'] as const;
const programs: ApiClient[] = [];
let groupId: string;

beforeAll(async () => {
  await createTestAccount('member@example.org');
  await createTestAccount('support@example.org', 'support');
  await createTestAccount('admin@example.org', 'admin');
  await createTestAccount('suspended@example.org', 'admin');
  groupId = (await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' })).id;
  for (const holder of holders)
    programs.push(holder === 'none' ? new ApiClient() : await ApiClient.signIn(`${holder}@example.org`));
  await queryRows(`update accounts set suspended_at = now() where email = 'suspended@example.org'`);
});

async function pathOf(path: string): Promise<string> {
  if (path.includes('/groups/')) return path.replace(':id', groupId);
  if (!path.includes(':id')) return path;
  return path.replace(
    ':id',
    (await createTestInvitation(`${crypto.randomUUID()}@example.org`)).invitation.id,
  );
}

describe('which program may do what', () => {
  it('is written down for every route there is, and for no other', () => {
    expect(Object.keys(apiMatrix).sort()).toEqual(apiRoutesOf(app).map(routeName).sort());
  });

  it.each(holders)('holds for the token: %s', async (holder) => {
    const column = holders.indexOf(holder);
    const found: Record<string, number> = {};
    for (const name of Object.keys(apiMatrix)) {
      const [method, path = ''] = name.split(' ');
      const program = programs[column] as ApiClient;
      const filled = await pathOf(path);
      const { status } = await (method === 'POST' ? program.post(filled) : program.get(filled));
      found[name] = status;
    }
    const expected = Object.entries(apiMatrix).map(([name, answers]) => [name, answers[column]]);
    expect(found).toEqual(Object.fromEntries(expected));
  });
});

describe('a browser that is signed in', () => {
  it('is nobody here: its cookie counts for nothing, whatever it sends', async () => {
    const admin = await signInStaff('admin');
    await admin.open('/home');
    const before = await snapshot();
    for (const [name, answers] of Object.entries(apiMatrix)) {
      if (answers[0] !== 401) continue;
      const [method, path = ''] = name.split(' ');
      const filled = path.replace(':id', '1');
      const { status, headers } = await (method === 'POST'
        ? admin.agent.post(filled).send({})
        : admin.agent.get(filled));
      expect(status, name).toBe(401);
      expect(headers['set-cookie']).toBeUndefined();
    }
    expect(await snapshot()).toEqual(before);
  });
});

it('what a program was refused stands in the audit, as at the staff’s own door', async () => {
  await queryRows('delete from rate_limits');
  const [, , member] = programs as [ApiClient, ApiClient, ApiClient];
  expect((await member.post('/api/v1/invitations/1/revocation')).status).toBe(403);
  const [last] = await queryRows<{ detail: object }>(
    `select detail from audit_events where action = 'access.denied' order by id desc limit 1`,
  );
  expect(last?.detail).toEqual({ method: 'POST', path: '/api/v1/invitations/:id/revocation' });
});

describe('reading', () => {
  it('changes nothing, by whoever', async () => {
    const paths = await Promise.all(
      Object.keys(apiMatrix).flatMap((name) => (name.startsWith('GET') ? [pathOf(name.slice(4))] : [])),
    );
    const before = await snapshot();
    for (const program of programs) {
      for (const path of paths) expect((await program.get(path)).status).toBeLessThan(500);
    }
    expect(await snapshot()).toEqual(before);
  });
});
