import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, readCsv } from '../../../src/platform/csv/read.ts';
import { InvalidInput } from '../../../src/platform/errors.ts';

async function rowsOf(...pieces: Buffer[]): Promise<CsvRow[]> {
  const found: CsvRow[] = [];
  for await (const row of readCsv(Readable.from(pieces))) found.push(row);
  return found;
}

const encodings: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16, little end first': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16, big end first': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
};

const refused = async (...pieces: Buffer[]) => {
  const failure = await rowsOf(...pieces).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(InvalidInput);
  return (failure as InvalidInput).errors.file ?? '';
};

describe('a CSV file', () => {
  it.each(Object.keys(encodings))('is read in %s, in pieces of any size', async (encoding) => {
    const content = encodings[encoding]?.('id;last_name;center\r\n\r\nA1;Ægir;"ø\r\nø"\r\nA2;日本𝒳;\r\n');
    if (!content) throw new Error(encoding);
    const whole = await rowsOf(content);
    expect(whole).toEqual([
      { line: 1, cells: ['id', 'last_name', 'center'] },
      { line: 3, cells: ['A1', 'Ægir', 'ø\nø'] },
      { line: 5, cells: ['A2', '日本𝒳', ''] },
    ]);
    const cuts = fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const ends = [0, ...places.toSorted((a, b) => a - b), content.length];
        const pieces = ends.slice(1).map((end, place) => content.subarray(ends[place], end));
        expect(await rowsOf(...pieces)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('gives back whatever a spreadsheet wrote, with any delimiter, line end and encoding', async () => {
    const cell = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .map((text) => text.replaceAll(/[\0\r\uFEFF]/g, ''))
      .map((text) => text.trim());
    const some = fc.oneof(cell, fc.constantFrom('=1+1', '"', ',', ';', 'a,b;c', 'two\nlines', '""', '\t'));
    const table = fc.array(fc.tuple(fc.constantFrom('x', 'Ægir'), some, some), { maxLength: 8 });
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
        async (lines, how, encode) => {
          const all = [['first', 'second', 'third'], ...lines];
          const written = stringify(all, { ...how, quoted_match: /[\t\n]/ });
          const read = await rowsOf(encode(written));
          expect(read.map(({ cells }) => cells)).toEqual(all);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never breaks down, whatever bytes it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), async (pieces) => {
        const failure = await rowsOf(...pieces.map((piece) => Buffer.from(piece))).catch((error) => error);
        expect(Array.isArray(failure) || failure instanceof InvalidInput).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is picked by mistake is refused in plain words', () => {
  it.each([
    ['an Excel workbook', Buffer.from('PK\x03\x04\x14\0\x06\0'), /such as an Excel workbook \(.xlsx\)/],
    ['an older workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /older Excel workbook \(.xls\)/],
    ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /This is a picture/],
    ['a PNG', Buffer.from('89504e470d0a1a0a', 'hex'), /This is a picture/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /This is a PDF document/],
    ['Latin-1', Buffer.from('name\nGrün\n', 'latin1'), /The first wrong character is in line 2/],
    ['UTF-16 without a mark', Buffer.from('name\nGrün\n', 'utf16le'), /zero bytes near line 1/],
    ['half a letter of UTF-16', Buffer.from('\uFEFFab', 'utf16le').subarray(0, -1), /in line 1/],
  ])('%s', async (_what, content, message) => {
    expect(await refused(content)).toMatch(message);
    expect(await refused(content)).toContain('as “CSV UTF-8” and try again. Nothing was imported.');
    expect(await refused(content.subarray(0, 1), content.subarray(1))).toMatch(message);
  });
});
