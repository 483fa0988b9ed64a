import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, readCsv } from '../../../src/platform/csv/read.ts';
import { InvalidInput } from '../../../src/platform/errors.ts';

async function readRows(...chunks: Buffer[]): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of readCsv(Readable.from(chunks))) rows.push(row);
  return rows;
}

const encodings: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16, little-endian': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
};

const readError = async (...chunks: Buffer[]) => {
  const error = await readRows(...chunks).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidInput);
  return (error as InvalidInput).errors.file ?? '';
};

describe('a CSV file', () => {
  it.each(Object.keys(encodings))('is read in %s, in chunks of any size', async (encoding) => {
    const content = encodings[encoding]?.('id;last_name;center\r\n\r\nA1;Ægir;"ø\r\nø"\r\nA2;日本𝒳;\r\n');
    if (!content) throw new Error(encoding);
    const whole = await readRows(content);
    expect(whole).toEqual([
      { line: 1, cells: ['id', 'last_name', 'center'] },
      { line: 3, cells: ['A1', 'Ægir', 'ø\nø'] },
      { line: 5, cells: ['A2', '日本𝒳', ''] },
    ]);
    const cuts = fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const ends = [0, ...positions.toSorted((a, b) => a - b), content.length];
        const chunks = ends.slice(1).map((end, index) => content.subarray(ends[index], end));
        expect(await readRows(...chunks)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('is read back exactly, with any delimiter, line ending and encoding', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .map((text) => text.replaceAll(/[\0\r\uFEFF]/g, ''))
      .map((text) => text.trim());
    const anyCell = fc.oneof(cell, fc.constantFrom('=1+1', '"', ',', ';', 'a,b;c', 'two\nlines', '""', '\t'));
    const table = fc.array(fc.tuple(fc.constantFrom('x', 'Ægir'), anyCell, anyCell), { maxLength: 8 });
    const style = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t'),
      record_delimiter: fc.constantFrom('\n', '\r\n', '\r'),
      quoted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        table,
        style,
        fc.constantFrom(...Object.values(encodings)),
        async (lines, options, encode) => {
          const all = [['first', 'second', 'third'], ...lines];
          const written = stringify(all, { ...options, quoted_match: /[\t\n]/ });
          const read = await readRows(encode(written));
          expect(read.map(({ cells }) => cells)).toEqual(all);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives rows or an InvalidInput error for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), async (chunks) => {
        const result = await readRows(...chunks.map((chunk) => Buffer.from(chunk))).catch((error) => error);
        expect(Array.isArray(result) || result instanceof InvalidInput).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a file of another type is rejected with an explanation', () => {
  it.each([
    ['an Excel workbook', Buffer.from('PK\x03\x04\x14\0\x06\0'), /This is an Excel workbook \(.xlsx\)/],
    ['an older workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /older Excel workbook \(.xls\)/],
    ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /This is a picture/],
    ['a PNG', Buffer.from('89504e470d0a1a0a', 'hex'), /This is a picture/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /This is a PDF document/],
    ['Latin-1', Buffer.from('name\nGrün\n', 'latin1'), /we can’t read a character in line 2/],
    ['UTF-16 without a byte order mark', Buffer.from('name\nGrün\n', 'utf16le'), /aren’t text near line 1/],
    ['an incomplete UTF-16 character', Buffer.from('\uFEFFab', 'utf16le').subarray(0, -1), /in line 1/],
  ])('%s', async (_what, content, message) => {
    expect(await readError(content)).toMatch(message);
    expect(await readError(content)).toContain('as “CSV UTF-8” and try again. Nothing was imported.');
    expect(await readError(content.subarray(0, 1), content.subarray(1))).toMatch(message);
  });
});
