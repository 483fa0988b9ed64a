import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { row, rows } from '../src/database.ts';
import { holdsPart, isOftenMet, rarePieces } from '../src/search.ts';

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await rows(
    `insert into alumni_members (external_id, first_name, last_name, email)
     select 'id' || n, initcap((array['amma', 'kofi', 'çelik', 'jürgen'])[1 + n % 4]),
       'O' || md5(n::text), 'a' || n || '@example.org'
     from generate_series(1, 2000) n`,
  );
});
afterAll(() => vi.useRealTimers());

const pieces = (part: string) => rarePieces('alumni_members', part);

describe('the rare pieces of a search', () => {
  it('are unknown until ANALYZE has taken a sample, which is read anew after ten minutes', async () => {
    expect(await pieces('amma oxyz')).toBeNull();
    await rows('analyze alumni_members');
    expect(await pieces('amma oxyz')).toBeNull();
    vi.setSystemTime(Date.now() + 11 * 60_000);
    expect(await pieces('amma oxyz')).toBe('%oxyz%');
  });

  it.each([
    ['common everywhere', 'example.org', null],
    ['nothing but signs', '@.-', null],
    ['in letters of another language', 'Çelik ürg', null],
    ['one that is rare', 'zqx', '%zqx%'],
    ['two that overlap', 'KOFI zqxy', '%zqxy%'],
    ['two that stand apart', 'zqx example wvu', '%zqx%wvu%'],
    ['in upper case', 'ZQX', '%zqx%'],
  ])('%s', async (_, part, expected) => expect(await pieces(part)).toBe(expected));

  it('are not asked for, where a few are met anyway', async () => {
    for (const part of ['EXAMPLE.ORG', 'jürgen', '@e'])
      expect(await isOftenMet('alumni_members', part)).toBe(true);
    for (const part of ['amma oxyz', 'a17@', 'nobody'])
      expect(await isOftenMet('alumni_members', part)).toBe(false);
    expect(await isOftenMet('accounts', 'a')).toBe(false);
  });

  it('are in whatever holds the whole', async () => {
    const { texts } = (await row<{ texts: string[] }>(
      `select array_agg(first_name || ' ' || last_name || ' ' || email || ' ' || external_id) as texts
       from (select * from alumni_members order by id limit 50) first`,
    )) ?? { texts: [] };
    const part = fc
      .tuple(fc.constantFrom(...texts), fc.nat(40), fc.integer({ min: 3, max: 60 }))
      .map(([text, start, length]) => text.slice(start, start + length));
    await fc.assert(
      fc.asyncProperty(part, async (whole) => {
        const rare = await pieces(whole);
        const held = async (way: Parameters<typeof holdsPart>[3]) => {
          const bind: unknown[] = [];
          const where = holdsPart('m', whole, (value) => `$${bind.push(value)}`, way);
          return rows(`select m.id from alumni_members m where ${where} order by m.id limit 50`, bind);
        };
        const found = await held('any');
        expect(found.length).toBeGreaterThan(0);
        expect(await held('unindexed')).toEqual(found);
        if (rare !== null) expect(await held({ pieces: rare })).toEqual(found);
      }),
      { numRuns: 60 },
    );
  });
});
