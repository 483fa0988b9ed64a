import { beforeAll, describe, expect, it } from 'vitest';
import { countRecords, listRecords, type RecordQuery } from '../../src/alumni/list.ts';
import { queryRows } from '../support/database.ts';
import { createTestAccount, signInStaff } from '../support/fixtures.ts';

const defaultQuery: RecordQuery = {
  search: '',
  batch: null,
  center: null,
  state: null,
  missing: null,
  order: 'name',
  descending: false,
  cursor: null,
};

beforeAll(async () => {
  await queryRows(
    `insert into alumni_members (external_id, first_name, last_name, email, batch, center, year_of_birth, active, deceased, updated_at)
     select 'L-' || n, 'Amma', 'Person ' || lpad(n::text, 4, '0'), case when n % 5 > 0 then 'p' || n || '@example.org' end,
       case when n % 7 > 0 then 1990 + n % 3 end, (array['Harbour', 'Hills'])[n % 3], case when n % 4 > 0 then 1970 end,
       n % 10 <> 1, n % 20 = 2, now() - n * interval '1 minute'
     from generate_series(1, 120) n returning id`,
  );
  await queryRows(
    `update alumni_members set active = false, merged_at = now(),
       merged_into = (select id from alumni_members where external_id = 'L-4')
     where external_id = 'L-3'`,
  );
  const { id } = await createTestAccount('claimer@example.org');
  await queryRows(
    `insert into profiles (account_id, alumni_member_id, relationship, policy_version)
     select $1, id, 'child', 1 from alumni_members where external_id in ('L-4', 'L-5') returning id`,
    [id],
  );
});

/** Reads all pages forwards, and checks that reading backwards gives the same. */
async function listAllPages(query: Partial<RecordQuery>): Promise<string[]> {
  const seen: string[][] = [];
  let page = await listRecords({ ...defaultQuery, ...query });
  seen.push(page.items.map(({ externalId }) => externalId));
  while (page.after !== null) {
    page = await listRecords({
      ...defaultQuery,
      ...query,
      cursor: { direction: 'after', position: page.after },
    });
    seen.push(page.items.map(({ externalId }) => externalId));
  }
  const back = [seen.at(-1) ?? []];
  while (page.before !== null) {
    page = await listRecords({
      ...defaultQuery,
      ...query,
      cursor: { direction: 'before', position: page.before },
    });
    back.unshift(page.items.map(({ externalId }) => externalId));
  }
  expect(back).toEqual(seen);
  return seen.flat();
}

async function expectedIds(where: string, order: string): Promise<string[]> {
  const found = await queryRows<{ name: string }>(
    `select external_id as name from alumni_members m where ${where} order by ${order}`,
  );
  return found.map(({ name }) => name);
}

const filters: [string, Partial<RecordQuery>, string][] = [
  ['all records', {}, 'true'],
  ['a batch', { batch: 1991 }, 'batch = 1991'],
  ['a center', { center: 'Hills' }, `center = 'Hills'`],
  ['active records', { state: 'active' }, 'active and not deceased'],
  ['inactive records', { state: 'inactive' }, 'not active and not deceased and merged_into is null'],
  ['records of deceased people', { state: 'deceased' }, 'deceased'],
  ['claimed records', { state: 'claimed' }, `external_id in ('L-4', 'L-5')`],
  [
    'unclaimed records',
    { state: 'unclaimed' },
    `active and not deceased and external_id not in ('L-4', 'L-5')`,
  ],
  ['merged records', { state: 'merged' }, `external_id = 'L-3'`],
  ['records without an address', { missing: 'email' }, 'email is null'],
  ['records without a year of birth', { missing: 'year-of-birth' }, 'year_of_birth is null'],
  ['a batch in a center', { batch: 1991, center: 'Harbour' }, `batch = 1991 and center = 'Harbour'`],
  ['a search', { search: '0017 son' }, `last_name like '%son 0017%'`],
];
const orders: [RecordQuery['order'], string][] = [
  ['name', 'last_name, first_name, id'],
  ['batch', 'coalesce(batch, 0), last_name, first_name, id'],
  ['changed', 'changed_at, id'],
];

describe('the alumni list', () => {
  it.each(filters)('pages through %s in each order, forwards and backwards', async (_name, filter, where) => {
    for (const [order, sql] of orders) {
      expect(await listAllPages({ ...filter, order })).toEqual(await expectedIds(where, sql));
      const descending = sql
        .replaceAll(',', ' desc,')
        .replace(/coalesce\(batch desc, 0\)/, 'coalesce(batch, 0)');
      expect(await listAllPages({ ...filter, order, descending: true })).toEqual(
        await expectedIds(where, `${descending} desc`),
      );
    }
  });

  it('counts matching records', async () => {
    expect(await countRecords({ ...defaultQuery, state: 'claimed' })).toBe(2);
    expect(await countRecords(defaultQuery)).toBe(120);
  });

  it('sorts more than a thousand search results', async () => {
    await queryRows(
      `insert into alumni_members (external_id, last_name) select 'M-' || n, 'Many ' || n % 7 from generate_series(1, 1100) n
       returning id`,
    );
    const condition = `last_name like 'Many%'`;
    expect(await listAllPages({ search: 'many' })).toEqual(
      await expectedIds(condition, 'last_name, first_name, id'),
    );
    expect(await listAllPages({ search: 'many', order: 'changed' })).toEqual(
      await expectedIds(condition, 'changed_at, id'),
    );
  });

  it('ignores invalid query parameters, and answers htmx with the results only', async () => {
    const support = await signInStaff('support');
    const found = await support.open('/admin/alumni?q=L-119');
    expect(found.text).toContain('Amma Person 0119');
    expect(found.text).toContain('1 record');
    expect((await support.open('/admin/alumni?q=zzz')).text).toContain('Nobody matches');
    const invalidUrl =
      '/admin/alumni?q=a&q=b&batch=x&state=toString&missing=__proto__&sort=-constructor&after=zz';
    expect((await support.open(invalidUrl)).status).toBe(200);
    const partial = await support.agent.get('/admin/alumni?q=person&sort=-batch').set('HX-Request', 'true');
    expect(partial.text).toContain('id="found"');
    expect(partial.text).not.toContain('<html');
  });
});
