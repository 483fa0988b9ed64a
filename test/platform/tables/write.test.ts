import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/platform/tables/open.ts';
import { tableOf, writeCsv, writeWorkbook } from '../../../src/platform/tables/write.ts';

const columns = [
  { heading: 'address', value: (row: { address: string }) => row.address },
  { heading: 'length', value: (row: { address: string }) => row.address.length },
];

async function* inChunks(rows: { address: string }[]) {
  yield rows.slice(0, 2);
  yield rows.slice(2);
}

const bytesOf = async (file: Readable) => (await buffer(file)).toString('utf8');
const written = (cells: string[]) =>
  bytesOf(writeCsv(tableOf(columns, inChunks(cells.map((address) => ({ address }))))));

describe('a CSV export', () => {
  it('begins with a byte order mark and the headings, even without rows', async () => {
    expect(await written([])).toBe('\uFEFFaddress,length\r\n');
  });

  it('keeps every character except NUL, and escapes formulas', async () => {
    const cellLists = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc.constantFrom('=1+1', '+1', '-1', '@a', '\t=1', '\r=1', '"=1"', '"', ',', '\n'),
      ),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(cellLists, async (cells) => {
        const [head, ...rows] = parse(await written(cells), {
          bom: true,
          relax_column_count: true,
          record_delimiter: '\r\n',
        }) as string[][];
        expect(head).toEqual(['address', 'length']);
        expect(
          rows.map(([cell = '']) => cell.replace(/^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/, '')),
        ).toEqual(cells.map((cell) => cell.replaceAll('\0', '')));
        for (const [cell = ''] of rows) expect(cell).not.toMatch(/^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/);
      }),
      { numRuns: 200, seed: 20_261_125 },
    );
  });

  it('fails if reading the rows fails', async () => {
    async function* broken() {
      yield [{ address: 'a' }];
      throw new Error('the database is unavailable');
    }
    await expect(buffer(writeCsv(tableOf(columns, broken())))).rejects.toThrow('unavailable');
  });
});

describe('an Excel export', () => {
  const table = (rows: { text: string; at: Date | null }[]) =>
    tableOf(
      [
        { heading: 'text', value: (row: (typeof rows)[number]) => row.text },
        { heading: 'at', value: ({ at }) => at, isTime: true },
        { heading: 'yes', value: () => true },
        { heading: 'count', value: () => 45_000 },
      ],
      (async function* () {
        yield rows;
      })(),
    );

  it('is read back: texts that look like formulas or numbers stay texts, and dates are dates', async () => {
    const at = new Date('2026-11-30T21:30:00Z');
    const texts = [
      '=1+1',
      '+1',
      '-1',
      '@a',
      '00123',
      '1.23E+05',
      '<b>&amp;',
      'two\nlines',
      '_x0041_',
      'Ægir 日本',
    ];
    const file = await buffer(writeWorkbook(table(texts.map((text) => ({ text, at })))));
    const { rows } = await openTable(
      (async function* () {
        yield file;
      })(),
    );
    const cells: string[][] = [];
    for await (const row of rows) cells.push(row.cells);
    expect(cells).toEqual([
      ['text', 'at', 'yes', 'count'],
      ...texts.map((text) => [text, '2026-11-30 21:30', 'yes', '45000']),
    ]);
    expect(file.toString('latin1')).not.toContain('<f>');
  });

  it('fails if reading the rows fails', async () => {
    async function* broken() {
      yield [{ address: 'a' }];
      throw new Error('the database is unavailable');
    }
    await expect(buffer(writeWorkbook(tableOf(columns, broken())))).rejects.toThrow('unavailable');
  });
});
