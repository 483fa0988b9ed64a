import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../../src/platform/errors.ts';
import { openTable } from '../../../src/platform/tables/open.ts';
import type { TableRow } from '../../../src/platform/tables/table.ts';

async function read(...chunks: Buffer[]) {
  const { format, rows } = await openTable(Readable.from(chunks));
  const all: TableRow[] = [];
  for await (const row of rows) all.push(row);
  return { format, rows: all };
}
const readRows = async (...chunks: Buffer[]) => (await read(...chunks)).rows;

const encodings: Record<string, (text: string) => Buffer> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text) => Buffer.from(`\uFEFF${text}`),
  'UTF-16, little-endian': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  'UTF-16 without a byte order mark': (text) => Buffer.from(text, 'utf16le'),
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
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
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

describe('the format of a CSV file is detected', () => {
  const windows1252 = (text: string) =>
    Buffer.from(text.replaceAll('€', '\x80').replaceAll('’', '\x92'), 'latin1');

  it.each<[string, Buffer, string, string, string[][]]>([
    [
      'Windows-1252',
      windows1252('Prénom;Nom\nZoé;O’Néill €\n'),
      'windows-1252',
      ';',
      [
        ['Prénom', 'Nom'],
        ['Zoé', 'O’Néill €'],
      ],
    ],
    [
      'a separator line',
      Buffer.from('sep=|\nname|mail\nA, B|a@example.org\n'),
      'utf-8',
      '|',
      [
        ['name', 'mail'],
        ['A, B', 'a@example.org'],
      ],
    ],
    ['a separator line in quotation marks', Buffer.from('"sep=;"\r\na;b\r\n'), 'utf-8', ';', [['a', 'b']]],
    [
      'delimiters in quoted headings',
      Buffer.from('"Name, first, last";"E-mail"\nx;y\n'),
      'utf-8',
      ';',
      [
        ['Name, first, last', 'E-mail'],
        ['x', 'y'],
      ],
    ],
    [
      'headings of two lines',
      Buffer.from('"Name\n(last; first)",Mail\nx,y\n'),
      'utf-8',
      ',',
      [
        ['Name\n(last; first)', 'Mail'],
        ['x', 'y'],
      ],
    ],
  ])('%s', async (_what, content, encoding, delimiter, cells) => {
    const cut = Math.floor(content.length / 2);
    for (const chunks of [[content], [content.subarray(0, cut), content.subarray(cut)]]) {
      const { format, rows } = await read(...chunks);
      expect(format).toEqual({ type: 'csv', encoding, delimiter });
      expect(rows.map((row) => row.cells)).toEqual(cells);
    }
  });

  it('and lines are counted after a separator line', async () => {
    expect((await readRows(Buffer.from('sep=;\na;b\n\nc;d\n'))).map(({ line }) => line)).toEqual([2, 4]);
  });

  it('and Windows-1252 is read the same in chunks of any size', async () => {
    const content = windows1252('naïve;€\nÅse;’\n');
    const cuts = fc.array(fc.integer({ min: 0, max: content.length }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(cuts, async (positions) => {
        const ends = [0, ...positions.toSorted((a, b) => a - b), content.length];
        const rows = await readRows(...ends.slice(1).map((end, index) => content.subarray(ends[index], end)));
        expect(rows.map(({ cells }) => cells)).toEqual([
          ['naïve', '€'],
          ['Åse', '’'],
        ]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a file of another type is rejected with an explanation', () => {
  it.each([
    ['an older workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /older Excel workbook \(.xls\)/],
    [
      'a workbook with a password',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
      /has a password/,
    ],
    ['a broken workbook', Buffer.from('PK\x03\x04\x14\0\x06\0'), /can’t read this workbook/],
    ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /This is a picture/],
    ['a PNG', Buffer.from('89504e470d0a1a0a', 'hex'), /This is a picture/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), /This is a PDF document/],
    ['a web page', Buffer.from('<html><table><tr><td>name</td></tr></table></html>'), /This is a web page/],
    [
      'a mix of encodings',
      Buffer.concat([Buffer.from('Åse\n'), Buffer.from('Grün\n', 'latin1')]),
      /near line 1/,
    ],
    ['zero bytes', Buffer.from('name\nMo\0ss\n'), /aren’t text near line 1/],
    ['an incomplete UTF-16 character', Buffer.from('\uFEFFab', 'utf16le').subarray(0, -1), /near line 1/],
  ])('%s', async (_what, content, message) => {
    expect(await readError(content)).toMatch(message);
    expect(await readError(content)).toContain('Nothing was imported.');
    expect(await readError(content.subarray(0, 1), content.subarray(1))).toMatch(message);
  });
});
