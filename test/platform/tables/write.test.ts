import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeCsv } from '../../../src/platform/tables/write.ts';

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
  bytesOf(writeCsv(columns, inChunks(cells.map((address) => ({ address })))));

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
    await expect(buffer(writeCsv(columns, broken()))).rejects.toThrow('unavailable');
  });
});
