import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';

export type CsvValue = string | number | boolean | Date | null;

/** A column of an export: its heading and the value for a row. */
export type CsvColumn<Row> = Readonly<{ heading: string; value(row: Row): CsvValue }>;

/**
 * Streams a CSV file: UTF-8 with a byte order mark (spreadsheets expect it), `,` and CRLF. Cells that a spreadsheet would
 * evaluate as a formula get a leading `'`. Only one chunk of rows is in memory at a time.
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
