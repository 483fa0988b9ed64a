import { beforeAll, describe, expect, it } from 'vitest';
import { createGroup } from '../../src/groups/group.ts';
import { purge } from '../../src/support/purge.ts';
import { queryRow, queryRows } from '../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  createTestRecord,
  latestMail,
} from '../support/fixtures.ts';
import { Program } from './program.ts';

let admin: Program;

beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await Program.of('admin@example.org');
});

const bulk = (emails: string[], key?: string, by = admin) => {
  const asked = by.post('/api/v1/invitations/bulk', { invitations: emails.map((email) => ({ email })) });
  return key === undefined ? asked : asked.set('Idempotency-Key', key);
};
const countOf = async (pattern: string) =>
  (
    await queryRow<{ count: number }>('select count(*)::int as count from invitations where email like $1', [
      pattern,
    ])
  )?.count;

describe('inviting in bulk', () => {
  it('gives each address its own result, in the order given', async () => {
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
    expect(body.results.map((one: { email: string; result: string }) => [one.email, one.result])).toEqual([
      ['zoe@example.org', 'invited'],
      ['open@example.org', 'refused'],
      ['nonsense', 'refused'],
      ['Ama@example.org', 'invited'],
      ['zoe@example.org', 'refused'],
    ]);
    expect(body.results[1].reason).toContain('still open');
    expect(body.results[2].reason).toContain('not a valid e-mail address');
    expect(text).not.toMatch(/[\w-]{66}/);
    expect((await latestMail('zoe@example.org')).links).toHaveLength(1);
  });

  it('takes 1 to 100', async () => {
    expect((await bulk([])).status).toBe(422);
    expect((await bulk(Array.from({ length: 101 }, (_, n) => `n${n}@example.org`))).status).toBe(422);
  });

  it('is done once for a key, and answered alike again', async () => {
    const first = await bulk(['once1@example.org', 'once2@example.org'], 'key-1');
    const again = await bulk(['once1@example.org', 'once2@example.org'], 'key-1');
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await countOf('once_@example.org')).toBe(2);
  });

  it('refuses a key that was used for something else; it is free to somebody else', async () => {
    await bulk(['key2@example.org'], 'key-2');
    const other = await bulk(['key3@example.org'], 'key-2');
    expect(other.status).toBe(422);
    expect(Object.keys(other.body.errors)).toEqual(['Idempotency-Key']);
    await createTestAccount('colleague@example.org', 'admin');
    const colleague = await Program.of('colleague@example.org');
    expect((await bulk(['key3@example.org'], 'key-2', colleague)).body.invited).toBe(1);
  });

  it.each(['', ' ', 'two words', 'é', 'x'.repeat(201)])('refuses what is no key: "%s"', async (key) => {
    const { status } = await bulk(['nokey@example.org'], encodeURI(key) === key ? key : 'a b');
    expect(status).toBe(422);
  });

  it('asked for by many at once with one key runs once, and answers all alike', async () => {
    const emails = Array.from({ length: 10 }, (_, n) => `race${n}@example.org`);
    const answers = await Promise.all(Array.from({ length: 8 }, () => bulk(emails, 'race')));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.body.invited).toBe(10);
    expect(await countOf('race%')).toBe(10);
    expect(await queryRows(`select 1 from messages where recipient::text like 'race%'`)).toHaveLength(10);
  });

  it('asked for by many at once without a key invites each address once', async () => {
    const emails = Array.from({ length: 10 }, (_, n) => `crowd${n}@example.org`);
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => bulk(n % 2 === 0 ? emails : [...emails].reverse())),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(answers.reduce((sum, { body }) => sum + body.invited, 0)).toBe(10);
    expect(await countOf('crowd%')).toBe(10);
  });

  it('keeps nothing for a key when it fails, so that it can be tried again', async () => {
    await queryRows('alter table invitation_links rename to elsewhere');
    const failed = await bulk(['again@example.org'], 'again');
    await queryRows('alter table elsewhere rename to invitation_links');
    expect(failed.status).toBe(500);
    expect((await bulk(['again@example.org'], 'again')).body.invited).toBe(1);
  });

  it('forgets keys after a day', async () => {
    await queryRows(`update idempotency_keys set created_at = now() - interval '25 hours'`);
    await purge();
    expect((await bulk(['once1@example.org', 'once2@example.org'], 'key-1')).body.invited).toBe(0);
  });
});

describe('inviting one', () => {
  it('is done once for a key, and tells whose address it is', async () => {
    await createTestRecord('owusu@example.org');
    const ask = (key: string, email = 'owusu@example.org') =>
      admin.post('/api/v1/invitations', { email }).set('Idempotency-Key', key);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('one')));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ name: 'Amma Owusu', batch: 2002, status: 'pending' });
    expect((await ask('two')).status).toBe(409);
    expect((await ask('one', 'other@example.org')).status).toBe(422);
    expect((await bulk(['owusu@example.org'], 'one')).status).toBe(422);
  });
});

describe('a place in a group', () => {
  const invite = (place: object, email = 'joiner@example.org') =>
    admin.post('/api/v1/invitations', { email, ...place });

  it('comes with the invitation, as a member where no role is named', async () => {
    const { id } = await createGroup({ name: 'Harbour', description: '' }, { kind: 'command' });
    const { status, body } = await invite({ group_id: Number(id), group_role: 'admin' });
    expect([status, body.group_id, body.group_role]).toEqual([201, Number(id), 'admin']);
    const plain = await invite({ group_id: Number(id) }, 'plain@example.org');
    expect(plain.body.group_role).toBe('member');
  });

  it.each([{ group_id: 999_999 }, { group_role: 'owner' }])('is refused by name: %o', async (place) => {
    const { status, body } = await invite(place, 'nowhere@example.org');
    expect(status).toBe(422);
    expect(Object.keys(body.errors)).toEqual(['group_id']);
    expect(await countOf('nowhere@example.org')).toBe(0);
  });

  it('that there is not refuses its own address only', async () => {
    const invitations = [
      { email: 'lost@example.org', group_id: 999_999 },
      { email: 'nameless@example.org', group_role: 'owner' },
      { email: 'found@example.org' },
    ];
    const { status, body } = await admin.post('/api/v1/invitations/bulk', { invitations });
    expect([status, body.invited, body.refused]).toEqual([200, 1, 2]);
    expect(body.results[0]).toMatchObject({ result: 'refused', reason: 'There is no such group' });
    expect(body.results[1]).toMatchObject({ result: 'refused', reason: 'Give the group for this role' });
  });
});

describe('a list', () => {
  it('is walked page by page in both directions, and misses nobody', async () => {
    await queryRows('truncate invitations cascade');
    for (let n = 0; n < 3; n += 1)
      await bulk(Array.from({ length: 20 }, (_, m) => `list${n * 20 + m}@example.org`));
    const seen: number[] = [];
    let next: string | null = '/api/v1/invitations?sort=address';
    let last = '';
    while (next !== null) {
      last = next;
      const { body }: { body: { items: { id: number }[]; next: string | null } } = await admin.get(next);
      seen.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(new Set(seen).size).toBe(60);
    expect(seen).toHaveLength(60);
    const { body: end } = await admin.get(last);
    const { body: before } = await admin.get(end.previous);
    expect(before.items.at(-1).id).toBe(seen[49]);
    const { body: all } = await admin.get('/api/v1/invitations?sort=address&limit=100');
    expect(all.items.map(({ id }: { id: number }) => id)).toEqual(seen);
    expect([all.previous, all.next]).toEqual([null, null]);
  });
});
