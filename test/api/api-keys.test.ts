import { beforeAll, describe, expect, it } from 'vitest';
import { queryRow, queryRows } from '../support/database.ts';
import { ageSignIns, signInStaff, validPassword } from '../support/fixtures.ts';
import type { Visitor } from '../support/visitor.ts';
import { ApiClient } from './api-client.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const keyForm = { name: 'Member database', 'scopes[alumni-read]': 'yes', days: '30' };

async function createKey(fields: Record<string, string> = keyForm): Promise<string> {
  await admin.open('/admin/api-keys/new');
  const page = await admin.submit('/admin/api-keys', fields);
  return String(page.$('#api-key').val());
}

const search = (key: string) => new ApiClient(key).get('/api/v1/alumni');

describe('an API key', () => {
  it('is shown once and works for its scopes', async () => {
    const key = await createKey();
    expect(key).toMatch(/^hcm_[0-9a-f]{72}$/);
    expect((await search(key)).status).toBe(200);
    const refused = await new ApiClient(key).get('/api/v1/invitations');
    expect(refused.status).toBe(403);
    expect(refused.body.detail).toContain('invitations:read');
    const list = await admin.open('/admin/api-keys');
    expect(list.text).toContain('Member database');
    expect(list.html).not.toContain(key.slice(0, 20));
  });

  it('is stored only as a hash, with the hour of its last use', async () => {
    const key = await createKey();
    await search(key);
    const rows = JSON.stringify(await queryRows('select to_jsonb(k) from api_keys k'));
    const events = JSON.stringify(await queryRows('select to_jsonb(e) from audit_events e'));
    const sessions = JSON.stringify(await queryRows('select sess from sessions'));
    for (const text of [rows, events, sessions]) expect(text).not.toContain(key.slice(12));
    const stored = await queryRow<{ isUsed: boolean }>(
      'select last_used_at is not null as "isUsed" from api_keys order by id desc limit 1',
    );
    expect(stored?.isUsed).toBe(true);
  });

  it('is named in the audit events that it causes', async () => {
    const key = await createKey({ ...keyForm, name: 'Inviter', 'scopes[invitations-write]': 'yes' });
    const invited = await new ApiClient(key).post('/api/v1/invitations', { email: 'by-key@example.org' });
    expect(invited.status, invited.text).toBe(201);
    const page = await admin.open('/admin/audit');
    expect(page.text).toContain('With the API key “Inviter”');
    expect(page.text).toContain('created the API key');
  });

  it('stops working as soon as it is revoked, and can’t be revoked twice', async () => {
    const key = await createKey({ ...keyForm, name: 'Short-lived' });
    const list = await admin.open('/admin/api-keys');
    const path = String(list.$('a[href$="/revocation"]').first().attr('href'));
    await admin.open(path);
    expect((await admin.submit(path, {})).text).toContain('You’ve revoked the API key.');
    expect((await search(key)).status).toBe(401);
    expect((await admin.post(path, {})).status).toBe(409);
  });

  it('stops when it expires', async () => {
    const key = await createKey();
    await queryRows('update api_keys set expires_at = now()');
    const { status, headers } = await search(key);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('invalid_token');
  });

  it.each([
    ['a wrong checksum', (key: string) => `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`],
    ['another prefix', (key: string) => key.replace('hcm_', 'abc_')],
    ['upper case', (key: string) => key.toUpperCase()],
    ['a part missing', (key: string) => key.slice(0, -8)],
  ])('is refused with %s', async (_fault, damage) => {
    expect((await search(damage(await createKey()))).status).toBe(401);
  });

  it.each([
    ['a name', { ...keyForm, name: '' }],
    ['a scope', { name: 'Nothing', days: '30' }],
    ['a period of a year at most', { ...keyForm, days: '366' }],
  ])('needs %s', async (_what, fields) => {
    await admin.open('/admin/api-keys/new');
    expect((await admin.post('/admin/api-keys', fields)).status).toBe(422);
  });

  it('is created only after a recent sign-in', async () => {
    await admin.open('/admin/api-keys/new');
    await ageSignIns();
    const asked = await admin.submit('/admin/api-keys', keyForm);
    expect(asked.status).toBe(403);
    const page = await admin.submit('/admin/api-keys', { currentPassword: validPassword });
    expect(page.$('#api-key').val()).toMatch(/^hcm_/);
  });
});
