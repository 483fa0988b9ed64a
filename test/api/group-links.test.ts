import request from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { queryRows } from '../support/database.ts';
import { app, createTestAccount } from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

let owner: ApiClient;
let guest: ApiClient;
let guestId: string;
let groupId: string;
let otherGroupId: string;

const createTestGroup = async (name: string) =>
  (await createGroup({ name, description: '' }, { kind: 'command' })).id;

beforeAll(async () => {
  await createTestAccount('owner@example.org', 'admin');
  guestId = (await createTestAccount('guest@example.org')).id;
  [owner, guest] = [await ApiClient.signIn('owner@example.org'), await ApiClient.signIn('guest@example.org')];
  [groupId, otherGroupId] = [await createTestGroup('Harbour'), await createTestGroup('Hill')];
});

const generate = async (): Promise<URL> => {
  const { body } = await owner.post(`/groups/${groupId}/generate-invite-link`, { role: 'member' });
  return new URL(body.invite_link);
};
const redeem = (link: URL, client = guest, into = groupId) =>
  client.post(`/groups/${into}/redeem-invite-link${link.search}`);

describe('a program that knows only the routes of groups', () => {
  it('creates a link in the documented form', async () => {
    const { status, body, headers } = await owner.post(`/groups/${groupId}/generate-invite-link`, {
      role: 'member',
    });
    expect(status).toBe(201);
    expect(headers['content-type']).toContain('application/json');
    expect(Object.keys(body).sort()).toEqual(['expires_at', 'group_id', 'invite_link']);
    expect(new URL(body.invite_link).pathname).toBe(`/join-group/${groupId}`);
    expect(body.group_id).toBe(Number(groupId));
    expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(24 * 60 * 60 * 1000);
  });

  it('joins by the link, once', async () => {
    const link = await generate();
    const { status, body } = await redeem(link);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      membership: { group_id: Number(groupId), user_id: Number(guestId), role: 'member', status: 'active' },
      message: 'Successfully joined the group!',
    });
    const fresh = await generate();
    expect((await redeem(fresh)).status).toBe(409);
    await createTestAccount('late@example.org');
    const late = await ApiClient.signIn('late@example.org');
    expect((await redeem(link, late)).status).toBe(410);
    expect((await redeem(fresh, late, otherGroupId)).status).toBe(400);
    expect((await redeem(fresh, late)).status).toBe(200);
  });

  it.each([
    ['404 for an unknown link', 404, () => redeem(new URL('http://x/?token=nonsense'))],
    ['401 without a token', 401, () => redeem(new URL('http://x/?token=x'), new ApiClient())],
    ['401 for an invalid token', 401, () => redeem(new URL('http://x/?token=x'), new ApiClient('nonsense'))],
    ['403 to a member who creates a link', 403, () => guest.post(`/groups/${groupId}/generate-invite-link`)],
  ])('gets %s, as a problem document', async (_what, status, send) => {
    const response = await send();
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.body.status).toBe(status);
  });

  it('gets 410 for an expired link', async () => {
    const link = await generate();
    await queryRows(
      `update memberships set expires_at = now() - interval '1 second' where expires_at is not null`,
    );
    expect((await redeem(link)).status).toBe(410);
  });
});

it('the link opens a page for people and stays valid', async () => {
  const link = await generate();
  const opened = await request(app).get(link.pathname + link.search);
  expect([opened.status, opened.headers.location]).toEqual([303, link.pathname]);
  const page = await request(app)
    .get(link.pathname)
    .set('Cookie', opened.headers['set-cookie'] ?? '');
  expect(page.status).toBe(200);
  await createTestAccount('clicker@example.org');
  expect((await redeem(link, await ApiClient.signIn('clicker@example.org'))).status).toBe(200);
});
