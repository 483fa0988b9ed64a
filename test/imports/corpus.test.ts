import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { writeXlsx } from 'hucre/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import { addressKey, findAddresses } from '../../src/imports/addresses.ts';
import { queryRows } from '../support/database.ts';
import { signInStaff } from '../support/fixtures.ts';
import type { VisitedPage, Visitor } from '../support/visitor.ts';
import { corpus } from './corpus/files.ts';
import { idOf, uploadAndCheck } from './uploads.ts';

let admin: Visitor;

beforeAll(async () => {
  admin = await signInStaff('admin');
});

const usedValues = async (page: VisitedPage) => {
  const rows = await queryRows<{ values: Record<string, unknown> }>(
    `select values from import_rows where import_id = $1 and status in ('ok', 'new', 'changed') order by line`,
    [idOf(page)],
  );
  return rows.map(({ values }) => values);
};

const leftoversOf = async (page: VisitedPage) => {
  const found = await queryRows<{ text: string }>(
    'select text from import_leftovers where import_id = $1 order by id',
    [idOf(page)],
  );
  return found.map(({ text }) => text);
};

describe('a file of', () => {
  it.each(corpus)('$program is read with the guessed columns', async (file) => {
    const content = typeof file.content === 'function' ? await file.content() : file.content;
    const page = await uploadAndCheck(admin, file.kind, content);
    expect(page.status).toBe(200);
    const used = await usedValues(page);
    expect(used).toHaveLength(file.expected.length);
    expect(used).toMatchObject(file.expected);
    expect((await leftoversOf(page)).toSorted()).toEqual((file.leftovers ?? []).toSorted());
  });
});

describe('no address disappears', () => {
  const address = fc
    .tuple(
      fc.stringMatching(/^[a-z][a-z0-9.+]{0,6}[a-z]$/),
      fc.constantFrom('x.example.org', 'y.example.net', 'localhost'),
    )
    .map(([local, domain]) => `${local}@${domain}`);
  const cell = fc.oneof(
    address,
    fc
      .tuple(address, address, fc.constantFrom('; ', ', ', ' ', '\n', ' | '))
      .map(([a, b, by]) => `${a}${by}${b}`),
    address.map((text) => `Ann Vogt <${text}>`),
    address.map((text) => `"Vogt, Ann" <mailto:${text}>.`),
    fc.constantFrom('', 'Ann', '1987', 'not an address', '@ann', '=1+1'),
  );
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });

  it('every address-like text of a file is used, or listed as not used', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('alumni' as const, 'invitees' as const),
        fc.constantFrom('csv', 'xlsx'),
        async (rows, kind, format) => {
          number += 1;
          const all = [
            ['ID', 'Name', 'Email', 'Notes'],
            ...rows.map((cells, index) => [`P${number}-${index % 3}`, ...cells]),
          ];
          const content =
            format === 'csv'
              ? stringify(all)
              : Buffer.from(await writeXlsx({ sheets: [{ name: 'A', rows: all }] }));
          const page = await uploadAndCheck(admin, kind, content);
          const used = JSON.stringify(await usedValues(page)).replaceAll(/\\n/g, ' ');
          const listed = [...findAddresses(used.replaceAll('"', ' ')), ...(await leftoversOf(page))];
          const keys = (texts: string[]) => [...new Set(texts.map(addressKey))].toSorted();
          expect(keys(listed)).toEqual(keys(rows.flat().flatMap(findAddresses)));
        },
      ),
      { numRuns: 25 },
    );
  });
});
