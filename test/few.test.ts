import { beforeAll, describe, expect, it } from 'vitest';
import type { Cursor } from '../src/cursor.ts';
import { rows } from '../src/database.ts';
import { keysetPageOfFew, keysetPageOfHits } from '../src/few.ts';
import type { KeysetQuery } from '../src/keyset.ts';
import { holdsPart, type Way } from '../src/search.ts';

type Leaf = Readonly<{ id: string; name: string }>;
type Query = KeysetQuery & { joined: string };

const query = (wished: Partial<Query>): Query => ({
  select: 'm.id, m.external_id as name',
  from: 'alumni_members m',
  joined: 'join alumni_members m on m.id = page.id',
  where: [],
  bind: [],
  order: [
    { sql: 'm.last_name', type: 'text' },
    { sql: 'm.id', type: 'bigint' },
  ],
  descending: false,
  cursor: null,
  size: 2,
  ...wished,
});

beforeAll(async () => {
  await rows(
    `insert into alumni_members (external_id, first_name, last_name, batch)
     select 'leaf' || n, 'Leaf', chr(122 - n % 26), 1990 + n / 200 from generate_series(1, 3000) n`,
  );
  await rows('analyze alumni_members');
});

describe('a page of few rows', () => {
  const upTo = (most: number, cursor: Cursor | null = null) =>
    keysetPageOfFew<Leaf>(
      query({ where: ['m.external_id = any($1)'], bind: [['leaf1', 'leaf2', 'leaf3']], cursor }),
      most,
    );

  it('is sorted, and told with how many there are', async () => {
    const page = await upTo(3);
    expect(page).toMatchObject({ count: 3, before: null, after: expect.any(String) });
    expect(page?.items).toEqual([
      { id: expect.any(String), name: 'leaf3' },
      { id: expect.any(String), name: 'leaf2' },
    ]);
    const next = await upTo(3, { direction: 'after', at: page?.after ?? '' });
    expect(next).toMatchObject({ count: 3, items: [{ name: 'leaf1' }], after: null });
    const back = await upTo(3, { direction: 'before', at: next?.before ?? '' });
    expect(back?.items).toEqual(page?.items);
  });

  it('is null, when there are more than may be read', async () => {
    expect(await upTo(2)).toBeNull();
  });

  it('may be empty', async () => {
    expect(await keysetPageOfFew(query({ where: ['false'] }), 3)).toEqual({
      items: [],
      before: null,
      after: null,
      count: 0,
    });
  });
});

describe('a page of what a search finds', () => {
  const ways: Way[] = [];
  const hits = async (part: string, most: number, where: string[] = []) => {
    ways.length = 0;
    const page = await keysetPageOfHits<Leaf>(
      { table: 'alumni_members', part },
      (way) => {
        ways.push(way);
        const bind: unknown[] = [];
        return query({
          where: [...where, holdsPart('m', part, (value) => `$${bind.push(value)}`, way)],
          bind,
        });
      },
      most,
    );
    return page && { count: page.count, names: page.items.map(({ name }) => name) };
  };

  it('goes by the rare pieces of what is looked for', async () => {
    expect(await hits('LEAF271', 20)).toEqual({ count: 11, names: ['leaf2719', 'leaf2718'] });
    expect(ways).toEqual([{ pieces: '%f271%' }]);
    expect(await hits('leaf271', 10)).toBeNull();
  });

  it('looks for what most have in what the other conditions leave', async () => {
    expect(await hits('leaf', 300, ['coalesce(m.batch, 0) = 2000'])).toMatchObject({ count: 200 });
    expect(ways).toEqual(['none', 'unindexed']);
  });

  it('is not looked up at all, where the planner expects far more', async () => {
    expect(await hits('leaf', 20, ['1 / (m.id - m.id) is not null'])).toBeNull();
    expect(ways).toEqual(['none', 'any']);
  });
});
