import { beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../src/database.ts';
import { hitsIfFew, idsIfFew, thoseOf } from '../src/few.ts';

const matching = (condition: string, ...bind: unknown[]) => ({ from: 'leaves t', where: [condition], bind });

beforeAll(async () => {
  await rows(
    `create table leaves as select n::bigint as id, 'leaf ' || n as name from generate_series(1, 30000) n`,
  );
  await rows('analyze leaves');
});

describe('what matches', () => {
  it('is told by its ids, as long as it isn’t more than asked for', async () => {
    expect(await idsIfFew(matching('t.id <= $1', 3), 3)).toEqual(['1', '2', '3']);
    expect(await idsIfFew(matching('t.id <= $1', 4), 3)).toBeNull();
    expect(await idsIfFew(matching('t.id < $1', 0), 3)).toEqual([]);
  });

  it('is not looked up at all, where the planner expects far more', async () => {
    expect(await hitsIfFew(matching('t.name like $1', 'leaf%'), 1_000)).toBeNull();
    expect(await hitsIfFew(matching('t.name like $1', 'leaf 2999_'), 1_000)).toHaveLength(10);
    expect(
      await hitsIfFew(matching(`t.name like $1 and 1 / (t.id - t.id) is not null`, 'leaf%'), 1_000),
    ).toBeNull();
  });

  it('is read by its ids', async () => {
    const { from, where, bind } = thoseOf('leaves t', ['7', '5']);
    expect(where).toEqual([]);
    expect(await rows(`select t.name from ${from} order by t.id`, bind as unknown[])).toEqual([
      { name: 'leaf 5' },
      { name: 'leaf 7' },
    ]);
  });
});
