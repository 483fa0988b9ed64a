import { beforeAll, describe, expect, it } from 'vitest';
import { database } from '../../src/platform/db/database.ts';
import { queryRow, queryRows } from '../support/database.ts';
import { createTestAccount, createTestInvitation, newVisitor, validPassword } from '../support/fixtures.ts';
import { ApiClient } from './api-client.ts';

let admin: ApiClient;

beforeAll(async () => {
  await createTestAccount('admin@example.org', 'admin');
  admin = await ApiClient.signIn('admin@example.org');
});

const put = (id: string, body: object, conditions: Record<string, string> = {}) =>
  admin.send('PUT', `/api/v1/alumni/${encodeURIComponent(id)}`, body).set(conditions);
const get = (id: string) => admin.get(`/api/v1/alumni/${encodeURIComponent(id)}`);
const bulk = (records: object[]) => admin.post('/api/v1/alumni/bulk', { records });
const eventCount = async () => (await queryRows('select 1 from audit_events')).length;

/** Everything that changed since a time, page by page. */
async function changedSince(time: string, limit = 2): Promise<{ external_id: string; updated_at: string }[]> {
  const items = [];
  let url: string | null = `/api/v1/alumni?updated_since=${encodeURIComponent(time)}&limit=${limit}`;
  while (url !== null) {
    const { status, text, body } = await admin.get(url);
    expect(status, text).toBe(200);
    items.push(...body.items);
    url = body.next;
  }
  return items;
}

/** Registers the person of a record, who claims it. */
async function register(email: string, recordId: number): Promise<void> {
  const visitor = newVisitor();
  await visitor.open((await createTestInvitation(email)).url);
  await visitor.submit('/register', {
    name: 'Amma Owusu',
    password: validPassword,
    [`records[${recordId}]`]: 'self',
  });
}

describe('PUT /alumni/{external_id}', () => {
  it('adds a record once, and changes what is sent', async () => {
    const body = { first_name: ' Amma ', last_name: 'Owusu', email: 'Amma@Example.org', batch: 2002 };
    const created = await put('A-1', body);
    expect([created.status, created.headers.location]).toEqual([201, '/api/v1/alumni/A-1']);
    expect(created.body).toMatchObject({ external_id: 'A-1', first_name: 'Amma', batch: 2002, active: true });
    const events = await eventCount();
    const again = await put('A-1', body);
    expect([again.status, again.body]).toEqual([200, created.body]);
    expect(again.headers.etag).toBe(created.headers.etag);
    expect(await eventCount()).toBe(events);
    const changed = await put('A-1', { batch: null, center: 'Harbour' });
    expect(changed.body).toMatchObject({ first_name: 'Amma', batch: null, center: 'Harbour' });
    expect(changed.headers.etag).not.toBe(created.headers.etag);
    const event = await queryRow<{ action: string; detail: object }>(
      'select action, detail from audit_events order by id desc limit 1',
    );
    expect(event).toEqual({ action: 'alumni-record.changed', detail: { columns: ['batch', 'center'] } });
  });

  it('refuses to overwrite what the client has not seen', async () => {
    const { headers } = await put('A-2', { last_name: 'Boateng' });
    const etag = headers.etag ?? '';
    expect((await put('A-2', { center: 'Hill' }, { 'If-Match': etag })).status).toBe(200);
    const stale = await put('A-2', { center: 'Valley' }, { 'If-Match': etag });
    expect([stale.status, stale.body.status]).toEqual([412, 412]);
    expect((await get('A-2')).body.center).toBe('Hill');
    expect((await put('A-2', { last_name: 'New' }, { 'If-None-Match': '*' })).status).toBe(412);
    expect((await put('A-none', { last_name: 'New' }, { 'If-Match': '*' })).status).toBe(412);
    expect((await put('A-2', { center: 'Valley' }, { 'If-Match': 'no quotes' })).status).toBe(422);
    const current = (await get('A-2')).headers.etag ?? '';
    expect((await get('A-2').set('If-None-Match', current)).status).toBe(304);
  });

  it.each([
    ['no last name', { first_name: 'Amma' }, 'last_name'],
    ['an invalid address', { last_name: 'Owusu', email: 'nobody' }, 'email'],
    ['a year that cannot be', { last_name: 'Owusu', batch: 1800 }, 'batch'],
    ['a year of birth in the future', { last_name: 'Owusu', year_of_birth: 2199 }, 'year_of_birth'],
    ['text for a number', { last_name: 'Owusu', batch: '2002' }, 'batch'],
    ['an unknown field', { last_name: 'Owusu', salary: 1 }, 'salary'],
  ])('refuses %s', async (_fault, body, field) => {
    const response = await put('A-invalid', body);
    expect(response.status).toBe(422);
    expect(Object.keys(response.body.errors)).toEqual([field]);
    expect((await get('A-invalid')).status).toBe(404);
  });

  it('refuses a record that was merged, and says into which', async () => {
    await bulk([
      { external_id: 'M-1', last_name: 'Kept' },
      { external_id: 'M-2', last_name: 'Gone' },
    ]);
    await queryRows(
      `update alumni_members set active = false, merged_at = now(),
         merged_into = (select id from alumni_members where external_id = 'M-1') where external_id = 'M-2'`,
    );
    const { status, body } = await put('M-2', { last_name: 'Other' });
    expect(status).toBe(409);
    expect(body.detail).toContain('M-1');
    expect((await get('M-2')).body).toMatchObject({ state: 'merged', merged_into: 'M-1' });
  });

  it('takes ids with any characters', async () => {
    expect((await put('a/b c?', { last_name: 'Odd' })).headers.location).toBe('/api/v1/alumni/a%2Fb%20c%3F');
    expect((await get('a/b c?')).body.external_id).toBe('a/b c?');
  });

  it('writes once for simultaneous requests', async () => {
    const responses = await Promise.all(
      Array.from({ length: 6 }, () => put('A-race', { last_name: 'Race' })),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
  });
});

describe('POST /alumni/bulk', () => {
  it('returns a result for each record in the order of the request', async () => {
    await put('B-1', { last_name: 'First' });
    const stale = (await put('B-2', { last_name: 'Second' })).headers.etag;
    const fresh = (await put('B-2', { center: 'Hill' })).headers.etag;
    const { body } = await bulk([
      { external_id: 'B-1', last_name: 'First' },
      { external_id: 'B-2', center: 'Valley', if_match: stale },
      { external_id: 'B-3', last_name: 'Third' },
      { external_id: 'B-4' },
      { external_id: 'B-3', last_name: 'Again' },
    ]);
    expect(body).toMatchObject({ created: 1, changed: 0, unchanged: 1, refused: 3 });
    expect(body.results.map(({ result }: { result: string }) => result)).toEqual([
      'unchanged',
      'refused',
      'created',
      'refused',
      'refused',
    ]);
    expect(body.results[1].etag).toBe(fresh);
    expect(body.results[2].etag).toBe((await get('B-3')).headers.etag);
  });

  it('takes 1,000 records and no more', async () => {
    const records = Array.from({ length: 1_000 }, (_, n) => ({ external_id: `N-${n}`, last_name: 'Many' }));
    expect((await bulk(records)).body).toMatchObject({ created: 1_000, refused: 0 });
    expect((await bulk([...records, { external_id: 'N', last_name: 'More' }])).status).toBe(422);
  });
});

describe('GET /alumni?updated_since=', () => {
  it('lists changes and claims in their order, each once', async () => {
    const first = (await put('C-1', { last_name: 'One', email: 'c1@example.org', year_of_birth: 1984 })).body;
    for (const id of ['C-2', 'C-3', 'C-4']) await put(id, { last_name: 'Later' });
    await put('C-2', { center: 'Hill' });
    const listed = await changedSince(first.updated_at);
    expect(listed.map(({ external_id }) => external_id)).toEqual(['C-1', 'C-3', 'C-4', 'C-2']);
    const last = String(listed.at(-1)?.updated_at);
    await register('c1@example.org', first.id);
    const [seen, claimed] = await changedSince(last);
    expect(seen?.external_id).toBe('C-2');
    expect(claimed).toMatchObject({
      external_id: 'C-1',
      account_email: 'c1@example.org',
      registered_at: expect.stringMatching(/Z$/),
      claims: [{ email: 'c1@example.org', relationship: 'self' }],
    });
    await queryRows(`update accounts set email = 'moved@example.org' where email = 'c1@example.org'`);
    const moved = await changedSince(String(claimed?.updated_at));
    expect(moved.at(-1)).toMatchObject({ external_id: 'C-1', account_email: 'moved@example.org' });
    await queryRows(`delete from accounts where email = 'moved@example.org'`);
    const released = await changedSince(String(moved.at(-1)?.updated_at));
    expect(released.at(-1)).toMatchObject({ external_id: 'C-1', account_email: null, claims: [] });
  });

  it('misses no change of a transaction that commits later', async () => {
    const start = (await put('D-1', { last_name: 'Start' })).body.updated_at;
    const slow = await database.transaction();
    await database.query(
      `update alumni_members set center = 'Slow', updated_at = now() where external_id = 'D-1'`,
      {
        transaction: slow,
      },
    );
    await put('D-2', { last_name: 'Quick' });
    const seen = await changedSince(start);
    await slow.commit();
    const since = seen.at(-1)?.updated_at ?? start;
    const ids = (await changedSince(since)).map(({ external_id }) => external_id);
    expect(ids).toEqual(['D-1', 'D-2']);
  });

  it.each(['yesterday', '2026-11-25', ''])('refuses the time "%s"', async (time) => {
    expect((await admin.get(`/api/v1/alumni?updated_since=${time}`)).status).toBe(422);
  });
});
