import { Readable } from 'node:stream';
import { writeXlsx } from 'hucre/xlsx';
import { describe, expect, it } from 'vitest';
import { openTable } from '../../../src/platform/tables/open.ts';
import type { TableRow } from '../../../src/platform/tables/table.ts';

type Workbook = Parameters<typeof writeXlsx>[0];

async function read(content: Buffer) {
  const { format, rows, otherRows } = await openTable(Readable.from([content]));
  const all: TableRow[] = [];
  for await (const row of rows) all.push(row);
  const others: string[] = [];
  for await (const { sheet, line, cells } of otherRows()) others.push(`${sheet} ${line}: ${cells.join('|')}`);
  return { format, rows: all, others };
}
const readWorkbook = async (workbook: Workbook) => read(Buffer.from(await writeXlsx(workbook)));

describe('an Excel workbook', () => {
  it('is read like a table of texts: numbers, dates, padded ids, formulas, empty cells', async () => {
    const born = new Date(Date.UTC(1987, 11, 5));
    const { format, rows } = await readWorkbook({
      sheets: [
        {
          name: 'People',
          rows: [
            ['ID', 'Name', 'Born', 'Year', 'Active', 'Note'],
            ['00123', 'Žofie\nNúñez', born, 2003, true, 0.1 + 0.2],
            [],
            [123_456_789_012, '=1+1', null, null, null, null],
          ],
          cells: new Map([
            ['3,0', { value: 42, style: { numFmt: '00000' } }],
            ['3,5', { value: 7, formula: '3+4', formulaResult: 7 }],
          ]),
        },
      ],
    });
    expect(format).toEqual({ type: 'xlsx', sheet: 'People', otherSheets: [] });
    expect(rows).toEqual([
      { line: 1, cells: ['ID', 'Name', 'Born', 'Year', 'Active', 'Note'] },
      { line: 2, cells: ['00123', 'Žofie\nNúñez', '1987-12-05', '2003', 'true', '0.3'] },
      { line: 4, cells: ['00042', '=1+1', '', '', '', '7'] },
    ]);
  });

  it.each(['1900', '1904'] as const)('has the same dates in the date system of %s', async (dateSystem) => {
    const at = new Date(Date.UTC(2001, 1, 28, 9, 30));
    const { rows } = await readWorkbook({ dateSystem, sheets: [{ name: 'A', rows: [['x', at]] }] });
    expect(rows[0]?.cells[1]).toMatch(/^2001-02-28( 09:30)?$/);
  });

  it('is read from the first visible sheet with rows; the others can be read too', async () => {
    const { format, rows, others } = await readWorkbook({
      sheets: [
        { name: 'Empty', rows: [] },
        { name: 'Old', hidden: true, rows: [['hidden@example.org']] },
        { name: 'People', rows: [['a@example.org']] },
        { name: 'Guests', rows: [[], ['b@example.org', 'x']] },
      ],
    });
    expect(format).toEqual({ type: 'xlsx', sheet: 'People', otherSheets: ['Empty', 'Old', 'Guests'] });
    expect(rows).toEqual([{ line: 1, cells: ['a@example.org'] }]);
    expect(others).toEqual(['Old 1: hidden@example.org', 'Guests 2: b@example.org|x']);
  });
});
