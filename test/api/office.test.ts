import { beforeAll, expect, it } from 'vitest';
import { queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
  runJobs,
} from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

let admin: ApiClient;

beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await ApiClient.signIn('admin@example.org');
});

it('an invitation gets more days', async () => {
  const { invitation } = await createTestInvitation('slow@example.org');
  const { body } = await admin.post(`/api/v1/invitations/${invitation.id}/extension`, { days: 30 });
  expect(Date.parse(body.expires_at)).toBeGreaterThan(invitation.expiresAt.getTime());
});

it('an invitation goes to the corrected address', async () => {
  const { invitation } = await createTestInvitation('tipo@example.org');
  const path = `/api/v1/invitations/${invitation.id}/address`;
  const { body } = await admin.post(path, { email: 'typo@example.org' });
  expect(body).toMatchObject({ id: Number(invitation.id), email: 'typo@example.org', status: 'pending' });
  expect((await latestMail('typo@example.org')).links[0]).toContain('/register?token=');
});

it('a request for a new link is approved once', async () => {
  await createTestRecord('asks@example.org');
  await queryRows(`insert into invitation_requests (email) values ('asks@example.org')`);
  const [request] = (await admin.get('/api/v1/requests?kind=new-link')).body.items;
  const path = `/api/v1/requests/${request.id}/approval`;
  expect((await admin.post(path)).body).toMatchObject({ email: 'asks@example.org', resolution: 'invited' });
  await runJobs();
  expect((await latestMail('asks@example.org')).links[0]).toContain('/register?token=');
  expect((await admin.post(path)).status).toBe(409);
  expect((await admin.get('/api/v1/requests')).body.items).toEqual([]);
});

it('a webhook is added with a secret that is shown once, paused, resumed and deleted', async () => {
  const hook = { url: 'https://hooks.example.org/', events: ['invitation.accepted'] };
  const created = await admin.post('/api/v1/webhooks', hook);
  expect(created.body.secret).toMatch(/^whsec_/);
  const path = created.headers.location ?? '';
  expect((await admin.get(path)).body).not.toHaveProperty('secret');
  expect((await admin.post(`${path}/pause`)).body.pause_reason).toBe('staff');
  expect((await admin.post(`${path}/pause`)).status).toBe(409);
  expect((await admin.post(`${path}/resumption`)).body.paused_at).toBeNull();
  expect((await admin.send('DELETE', path)).status).toBe(200);
  expect((await admin.get(path)).status).toBe(404);
  expect((await admin.post('/api/v1/webhooks', { ...hook, url: 'https://127.0.0.1/' })).status).toBe(422);
});
