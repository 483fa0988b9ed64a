import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';

export type CsvValue = string | number | boolean | Date | null;

/** A column of a file to download: its heading, and what a row says there. */
export type CsvColumn<Row> = Readonly<{ heading: string; value(row: Row): CsvValue }>;

/**
 * A CSV file, written while it is read: UTF-8 with a byte order mark, as spreadsheets expect it, `,` and CRLF. A cell that
 * a spreadsheet would take for a formula begins with `'`. Rows come in chunks, and no more than one is held.
 */
export function writeCsv<Row>(columns: readonly CsvColumn<Row>[], chunks: AsyncIterable<Row[]>): Readable {
  const lines = Readable.from(toCells(columns, chunks));
  const csv = stringify({
    bom: true,
    header: true,
    columns: columns.map(({ heading }) => heading),
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: (value) => (value ? 'yes' : 'no'), date: (value) => value.toISOString() },
  });
  lines.on('error', (error) => csv.destroy(error));
  csv.on('close', () => lines.destroy());
  return lines.pipe(csv);
}

async function* toCells<Row>(
  columns: readonly CsvColumn<Row>[],
  chunks: AsyncIterable<Row[]>,
): AsyncGenerator<CsvValue[]> {
  for await (const chunk of chunks) {
    for (const row of chunk) yield columns.map(({ value }) => withoutNul(value(row)));
  }
}

function withoutNul(value: CsvValue): CsvValue {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value;
}
