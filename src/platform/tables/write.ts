import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { stringify } from 'csv-stringify';
import { writeXlsxStream } from 'hucre/xlsx';
import { t } from '../i18n/i18n.ts';
import { cut } from '../text/text.ts';

export type CellValue = string | number | boolean | Date | null;

/** A column of an export: its heading and the value for a row. */
export type TableColumn<Row> = Readonly<{ heading: string; value(row: Row): CellValue; isTime?: boolean }>;

/** A table to download. Its rows are read while it is sent, in chunks. */
export type Table = Readonly<{
  columns: readonly Pick<TableColumn<never>, 'heading' | 'isTime'>[];
  rows: AsyncIterable<CellValue[]>;
}>;

/** What an Excel cell can hold. */
const MAX_CELL_LENGTH = 32_767;

export function tableOf<Row>(columns: readonly TableColumn<Row>[], chunks: AsyncIterable<Row[]>): Table {
  return { columns, rows: toCells(columns, chunks) };
}

/**
 * Streams a CSV file: UTF-8 with a byte order mark (spreadsheets expect it), `,` and CRLF. Cells that a spreadsheet would
 * evaluate as a formula get a leading `'`. Only one chunk of rows is in memory at a time.
 */
export function writeCsv({ columns, rows }: Table): Readable {
  const lines = Readable.from(rows);
  const csv = stringify({
    bom: true,
    header: true,
    columns: columns.map(({ heading }) => heading),
    escape_formulas: true,
    record_delimiter: 'windows',
    cast: { boolean: describeBoolean, date: (value) => value.toISOString() },
  });
  lines.on('error', (error) => csv.destroy(error));
  csv.on('close', () => lines.destroy());
  return lines.pipe(csv);
}

/**
 * Streams an Excel workbook (.xlsx). Texts are written as texts, so nothing is evaluated as a formula; dates are real dates,
 * in UTC. Only one chunk of rows is in memory at a time.
 */
export function writeWorkbook({ columns, rows }: Table): Readable {
  const workbook = writeXlsxStream(toWorkbookRows(rows), {
    name: t('common:download.sheet'),
    columns: columns.map(({ heading, isTime }) => ({
      header: heading,
      width: isTime ? 17 : 20,
      ...(isTime && { numFmt: 'yyyy-mm-dd hh:mm' }),
    })),
    freezePane: { rows: 1 },
  });
  return Readable.fromWeb(workbook as ReadableStream<Uint8Array>);
}

async function* toWorkbookRows(rows: AsyncIterable<CellValue[]>): AsyncGenerator<CellValue[]> {
  for await (const row of rows) yield row.map(toWorkbookValue);
}

function toWorkbookValue(value: CellValue): CellValue {
  if (typeof value === 'boolean') return describeBoolean(value);
  if (typeof value !== 'string') return value;
  // Excel reads `_x0041_` as A.
  return cut(value.replaceAll(/_(?=x[0-9A-F]{4}_)/gi, '_x005F_'), MAX_CELL_LENGTH);
}

async function* toCells<Row>(
  columns: readonly TableColumn<Row>[],
  chunks: AsyncIterable<Row[]>,
): AsyncGenerator<CellValue[]> {
  for await (const chunk of chunks) {
    for (const row of chunk) yield columns.map(({ value }) => withoutNul(value(row)));
  }
}

// An import reads both.
function describeBoolean(value: boolean): string {
  return value ? 'yes' : 'no';
}

function withoutNul(value: CellValue): CellValue {
  return typeof value === 'string' ? value.replaceAll('\0', '') : value;
}
