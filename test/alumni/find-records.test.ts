import { beforeAll, describe, expect, it } from 'vitest';
import { findRecords } from '../../src/alumni/find-records.ts';
import { rows } from '../../src/database.ts';
import { alumna } from '../support/cast.ts';

beforeAll(async () => {
  await alumna('amma@example.org', { lastName: 'Owusu' });
  await alumna('kofi@hills.example', { lastName: 'Ofori' });
  await alumna('esi@example.org', { lastName: 'Mensah' });
  await rows(`update alumni_members set external_id = 'X-1', deceased = true where last_name = 'Mensah'`);
});

const found = async (search: string) =>
  (await findRecords(search, null, 25)).items.map(({ lastName }) => lastName);

describe('records are found', () => {
  it.each([
    ['', ['Mensah', 'Ofori', 'Owusu']],
    ['OWU', ['Owusu']],
    ['amma o', ['Owusu', 'Ofori']],
    ['hills.exa', ['Ofori']],
    ['X-1', ['Mensah']],
    ['o', ['Owusu', 'Ofori']],
    ['of', ['Ofori']],
    ['f', []],
    ['%', []],
    ['___', []],
    ['nobody', []],
  ])('by "%s"', async (search, names) => expect(await found(search)).toEqual(names));

  it('page by page, few or many', async () => {
    await rows(
      `insert into alumni_members (external_id, first_name, last_name) select 'bulk' || n, 'Bulk', 'Person' || n
       from generate_series(1, 2100) n`,
    );
    for (const search of ['person1', 'person', '']) {
      const seen = new Set<string>();
      let after: string | null = null;
      do {
        const cursor: { direction: 'after'; at: string } | null = after
          ? { direction: 'after', at: after }
          : null;
        const page: Awaited<ReturnType<typeof findRecords>> = await findRecords(search, cursor, 100);
        for (const { id } of page.items) seen.add(id);
        after = page.after;
      } while (after);
      const expected = { person1: 1 + 10 + 100 + 1000, person: 2100, '': 2103 }[search];
      expect(seen.size).toBe(expected);
    }
  });
});
