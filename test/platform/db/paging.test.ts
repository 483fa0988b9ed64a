import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Conditions,
  type Cursor,
  countUpTo,
  listDistinctValues,
  type PageQuery,
  readPage,
} from '../../../src/platform/db/paging.ts';
import { InvalidInput } from '../../../src/platform/errors.ts';
import { queryRows } from '../../support/database.ts';

type Item = Readonly<{ name: string }>;

const byName: PageQuery['order'] = [
  { sql: 'm.last_name', type: 'text' },
  { sql: 'm.id', type: 'bigint' },
];
const query = (options: Partial<PageQuery> = {}): PageQuery => ({
  select: 'm.external_id as name',
  from: 'alumni_members m',
  conditions: new Conditions(),
  order: byName,
  cursor: null,
  size: 4,
  ...options,
});
const namesOf = (items: readonly Item[]) => items.map(({ name }) => name);
const read = async (options: Partial<PageQuery> = {}) => {
  const { items, ...cursors } = await readPage<Item>(query(options));
  return { names: namesOf(items), ...cursors };
};

// Many share a last name, and some timestamps differ only by microseconds.
beforeAll(async () => {
  await queryRows(
    `insert into alumni_members (external_id, last_name, batch, center, updated_at)
     select 'item' || n, chr(97 + n % 5), 1990 + n % 3, case when n % 3 > 0 then 'Center ' || n % 3 end,
       timestamptz '2026-01-01' + (n % 7) * interval '1 microsecond'
     from generate_series(1, 30) n`,
  );
});

describe('a page', () => {
  it('has the rows in order, without the sort keys', async () => {
    const { items } = await readPage<Item>(query({ size: 2 }));
    expect(items).toEqual([{ name: 'item5' }, { name: 'item10' }]);
  });

  it('is empty if nothing matches', async () => {
    expect(await read({ conditions: new Conditions().and('false') })).toEqual({
      names: [],
      before: null,
      after: null,
    });
  });

  it('has no cursors if it contains all rows', async () => {
    expect(await read({ size: 30 })).toMatchObject({ before: null, after: null });
  });

  it('sequence visits every row once, forwards and backwards, in any order and page size', async () => {
    const orders: PageQuery['order'][] = [
      byName,
      [
        { sql: 'm.updated_at', type: 'timestamptz' },
        { sql: 'm.id', type: 'bigint' },
      ],
      [
        { sql: 'coalesce(m.batch, 0)', type: 'int' },
        { sql: 'm.external_id', type: 'text' },
      ],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...orders),
        fc.boolean(),
        fc.integer({ min: 1, max: 31 }),
        async (order, descending, size) => {
          const all = await read({ order, descending, size: 30 });
          let page = await read({ order, descending, size });
          const forwards = [page.names];
          while (page.after) {
            page = await read({
              order,
              descending,
              size,
              cursor: { direction: 'after', position: page.after },
            });
            forwards.push(page.names);
          }
          expect(forwards.flat()).toEqual(all.names);
          const backwards = [page.names];
          while (page.before) {
            page = await read({
              order,
              descending,
              size,
              cursor: { direction: 'before', position: page.before },
            });
            backwards.unshift(page.names);
          }
          expect(backwards).toEqual(forwards);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('a cursor', () => {
  const invalidCursors: [string, string][] = [
    ['not base64url', '%%%'],
    ['not JSON', Buffer.from('[').toString('base64url')],
    ['of another order', Buffer.from('["2026-01-01 00:00:00+00","1"]').toString('base64url')],
    ['with too few values', Buffer.from('["a"]').toString('base64url')],
    ['with NUL', Buffer.from('["a\\u0000","1"]').toString('base64url')],
    ['with an id too large', Buffer.from('["a","99999999999999999999"]').toString('base64url')],
    ['empty', ''],
  ];
  const times: PageQuery['order'] = [
    { sql: 'm.updated_at', type: 'timestamptz' },
    { sql: 'm.id', type: 'bigint' },
  ];

  it.each(invalidCursors)('%s returns the first page, or throws if strict', async (name, position) => {
    const order =
      name === 'of another order' ? [{ sql: 'm.batch', type: 'int' } as const, ...byName] : byName;
    const cursor: Cursor = { direction: 'before', position };
    expect(await read({ order, cursor })).toEqual(await read({ order }));
    await expect(read({ order, cursor: { ...cursor, strict: true } })).rejects.toThrow(InvalidInput);
  });

  it('with an impossible date returns the first page', async () => {
    const position = Buffer.from('["2026-02-30 00:00:00+00","1"]').toString('base64url');
    expect(await read({ order: times, cursor: { direction: 'after', position } })).toEqual(
      await read({ order: times }),
    );
  });
});

describe('Conditions', () => {
  it('binds values in order', async () => {
    const conditions = new Conditions().and('m.batch = ?::int', 1991).and('m.last_name in (?, ?)', 'a', 'b');
    const found = await queryRows<Item>(
      `select external_id as name from alumni_members m where ${conditions.sql} order by id`,
      conditions.bind,
    );
    expect(namesOf(found)).toEqual(['item1', 'item10', 'item16', 'item25']);
  });

  it('matches every row without conditions', async () => {
    expect(await countUpTo('alumni_members m', new Conditions())).toBe(30);
  });
});

describe('countUpTo', () => {
  it('stops one after the cap', async () => {
    expect(await countUpTo('alumni_members m', new Conditions(), 7)).toBe(8);
  });
});

describe('listDistinctValues', () => {
  it('lists each value once, in order, without null', async () => {
    expect(await listDistinctValues('alumni_members', 'center')).toEqual(['Center 1', 'Center 2']);
    expect(await listDistinctValues('alumni_members', 'batch')).toEqual(['1990', '1991', '1992']);
    expect(await listDistinctValues('alumni_members', 'batch', 2)).toEqual(['1990', '1991']);
    expect(await listDistinctValues('invitations', 'center')).toEqual([]);
  });
});
