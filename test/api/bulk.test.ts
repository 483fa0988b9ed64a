import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { purge } from '../../src/purge.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
} from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

let admin: ApiClient;

beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await ApiClient.signIn('admin@example.org');
});

const bulk = (emails: string[], key?: string, client = admin) => {
  const request = client.post('/api/v1/invitations/bulk', {
    invitations: emails.map((email) => ({ email })),
  });
  return key === undefined ? request : request.set('Idempotency-Key', key);
};
const countOf = async (pattern: string) =>
  (
    await queryRow<{ count: number }>('select count(*)::int as count from invitations where email like $1', [
      pattern,
    ])
  )?.count;

describe('POST /invitations/bulk', () => {
  it('returns a result for each address in the order of the request', async () => {
    await createTestInvitation('open@example.org');
    const { status, body, text } = await bulk([
      'zoe@example.org',
      'open@example.org',
      'nonsense',
      'Ama@Example.org',
      'zoe@example.org',
    ]);
    expect(status).toBe(200);
    expect([body.invited, body.refused]).toEqual([2, 3]);
    expect(body.results.map((item: { email: string; result: string }) => [item.email, item.result])).toEqual([
      ['zoe@example.org', 'invited'],
      ['open@example.org', 'refused'],
      ['nonsense', 'refused'],
      ['Ama@example.org', 'invited'],
      ['zoe@example.org', 'refused'],
    ]);
    expect(body.results[1].reason).toContain('still open');
    expect(body.results[2].reason).toContain('This has no @');
    expect(text).not.toMatch(/[\w-]{66}/);
    expect((await latestMail('zoe@example.org')).links[0]).toContain('/register?token=');
  });

  it('accepts 1 to 100 addresses', async () => {
    expect((await bulk([])).status).toBe(422);
    expect((await bulk(Array.from({ length: 101 }, (_, n) => `n${n}@example.org`))).status).toBe(422);
  });

  it('invites once for an idempotency key and repeats the response', async () => {
    const first = await bulk(['once1@example.org', 'once2@example.org'], 'key-1');
    const second = await bulk(['once1@example.org', 'once2@example.org'], 'key-1');
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(await countOf('once_@example.org')).toBe(2);
  });

  it('refuses a key used for another request, but not one used by another account', async () => {
    await bulk(['key2@example.org'], 'key-2');
    const other = await bulk(['key3@example.org'], 'key-2');
    expect(other.status).toBe(422);
    expect(Object.keys(other.body.errors)).toEqual(['Idempotency-Key']);
    await createTestAccount('colleague@example.org', 'admin');
    const colleague = await ApiClient.signIn('colleague@example.org');
    expect((await bulk(['key3@example.org'], 'key-2', colleague)).body.invited).toBe(1);
  });

  it.each(['', ' ', 'two words', 'é', 'x'.repeat(201)])('refuses the malformed key "%s"', async (key) => {
    const { status } = await bulk(['nokey@example.org'], encodeURI(key) === key ? key : 'a b');
    expect(status).toBe(422);
  });

  it('runs once for simultaneous requests with the same key', async () => {
    const emails = Array.from({ length: 10 }, (_, n) => `race${n}@example.org`);
    const responses = await Promise.all(Array.from({ length: 8 }, () => bulk(emails, 'race')));
    expect(responses.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
    expect(responses[0]?.body.invited).toBe(10);
    expect(await countOf('race%')).toBe(10);
    expect(await queryRows(`select 1 from messages where recipient::text like 'race%'`)).toHaveLength(10);
  });

  it('invites each address once for simultaneous requests without a key', async () => {
    const emails = Array.from({ length: 10 }, (_, n) => `crowd${n}@example.org`);
    const responses = await Promise.all(
      Array.from({ length: 6 }, (_, n) => bulk(n % 2 === 0 ? emails : [...emails].reverse())),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(responses.reduce((sum, { body }) => sum + body.invited, 0)).toBe(10);
    expect(await countOf('crowd%')).toBe(10);
  });

  it('stores nothing for a key if the request fails', async () => {
    await queryRows('alter table invitation_links rename to elsewhere');
    const failed = await bulk(['again@example.org'], 'again');
    await queryRows('alter table elsewhere rename to invitation_links');
    expect(failed.status).toBe(500);
    expect((await bulk(['again@example.org'], 'again')).body.invited).toBe(1);
  });

  it('deletes keys after a day', async () => {
    await queryRows(`update idempotency_keys set created_at = now() - interval '25 hours'`);
    await purge();
    expect((await bulk(['once1@example.org', 'once2@example.org'], 'key-1')).body.invited).toBe(0);
  });
});

describe('POST /invitations', () => {
  it('invites once for an idempotency key and returns the name on file', async () => {
    await createTestRecord('owusu@example.org');
    const invite = (key: string, email = 'owusu@example.org') =>
      admin.post('/api/v1/invitations', { email }).set('Idempotency-Key', key);
    const responses = await Promise.all(Array.from({ length: 5 }, () => invite('one')));
    expect(responses.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(new Set(responses.map(({ text }) => text)).size).toBe(1);
    expect(responses[0]?.body).toMatchObject({ name: 'Amma Owusu', batch: 2002, status: 'pending' });
    expect((await invite('two')).status).toBe(409);
    expect((await invite('one', 'other@example.org')).status).toBe(422);
    expect((await bulk(['owusu@example.org'], 'one')).status).toBe(422);
  });
});

describe('an invitation to a group', () => {
  const invite = (fields: object, email = 'joiner@example.org') =>
    admin.post('/api/v1/invitations', { email, ...fields });

  it('has the requested role, or member by default', async () => {
    const { id } = await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' });
    const { status, body } = await invite({ group_id: Number(id), group_role: 'admin' });
    expect([status, body.group_id, body.group_role]).toEqual([201, Number(id), 'admin']);
    const plain = await invite({ group_id: Number(id) }, 'plain@example.org');
    expect(plain.body.group_role).toBe('member');
  });

  it.each([{ group_id: 999_999 }, { group_role: 'owner' }])(
    'is refused with an error for group_id: %o',
    async (fields) => {
      const { status, body } = await invite(fields, 'nowhere@example.org');
      expect(status).toBe(422);
      expect(Object.keys(body.errors)).toEqual(['group_id']);
      expect(await countOf('nowhere@example.org')).toBe(0);
    },
  );

  it('does not affect other addresses in bulk if the group is unknown', async () => {
    const invitations = [
      { email: 'lost@example.org', group_id: 999_999 },
      { email: 'nameless@example.org', group_role: 'owner' },
      { email: 'found@example.org' },
    ];
    const { status, body } = await admin.post('/api/v1/invitations/bulk', { invitations });
    expect([status, body.invited, body.refused]).toEqual([200, 1, 2]);
    expect(body.results[0]).toMatchObject({ result: 'refused', reason: 'We can’t find this group' });
    expect(body.results[1]).toMatchObject({ result: 'refused', reason: 'Send the group for this role' });
  });
});

describe('GET /invitations', () => {
  it('pages in both directions without gaps or repetitions', async () => {
    await queryRows('truncate invitations cascade');
    for (let n = 0; n < 3; n += 1)
      await bulk(Array.from({ length: 20 }, (_, m) => `list${n * 20 + m}@example.org`));
    const ids: number[] = [];
    let next: string | null = '/api/v1/invitations?sort=address';
    let lastPageUrl = '';
    while (next !== null) {
      lastPageUrl = next;
      const { body }: { body: { items: { id: number }[]; next: string | null } } = await admin.get(next);
      ids.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(new Set(ids).size).toBe(60);
    expect(ids).toHaveLength(60);
    const { body: lastPage } = await admin.get(lastPageUrl);
    const { body: pageBefore } = await admin.get(lastPage.previous);
    expect(pageBefore.items.at(-1).id).toBe(ids[49]);
    const { body: all } = await admin.get('/api/v1/invitations?sort=address&limit=100');
    expect(all.items.map(({ id }: { id: number }) => id)).toEqual(ids);
    expect([all.previous, all.next]).toEqual([null, null]);
  });
});
