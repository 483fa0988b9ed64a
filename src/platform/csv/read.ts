import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { t } from '../i18n/i18n.ts';
import { decodeText, type Encoding, invalidFile } from './decode.ts';

/** One row of a CSV file: the line on which it begins (from 1) and its cells, untrimmed. */
export type CsvRow = Readonly<{ line: number; cells: string[] }>;

type ParsedRow = { record: string[]; info: { lines: number } };

const MAX_HEADER_CHARACTERS = 20_000;
const MAX_ROW_BYTES = 200_000;
const delimiters = [',', ';', '\t'] as const;

/** The detected format of a file. */
export type CsvFormat = Readonly<{ encoding: Encoding; delimiter: (typeof delimiters)[number] }>;

/**
 * Streams the rows of a CSV file, header first; empty rows are skipped. See `decodeText` for encodings. The delimiter is
 * whichever of `,`, `;` and tab is most frequent in the first line.
 * @throws InvalidInput at the first error; stream errors pass through
 */
export async function* readCsv(file: AsyncIterable<Buffer | string>): AsyncGenerator<CsvRow> {
  yield* (await openCsv(file)).rows;
}

/** Like `readCsv`, and also returns the format, detected from the first line. */
export async function openCsv(
  file: AsyncIterable<Buffer | string>,
): Promise<{ format: CsvFormat; rows: AsyncGenerator<CsvRow> }> {
  let encoding: Encoding = 'utf-8';
  const text = decodeText(file, (detected) => {
    encoding = detected;
  });
  const head = await readThroughHeader(text);
  if (head.trim() === '') throw invalidFile(t('imports:file.empty'));
  const format = { encoding, delimiter: detectDelimiter(head) };
  return { format, rows: parseRows(head, text, format) };
}

async function* parseRows(
  head: string,
  text: AsyncGenerator<string>,
  { delimiter }: CsvFormat,
): AsyncGenerator<CsvRow> {
  let lastLine = 0;
  const parser = parse({
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: MAX_ROW_BYTES,
    info: true,
    on_record: (cells, { lines }) => {
      lastLine = lines;
      return cells;
    },
  });
  // An error of the text destroys the parser, so the reader below throws it.
  pipeline(prepend(head, text), parser, () => {});
  try {
    for await (const row of parser) {
      const { record, info }: ParsedRow = row;
      yield { line: info.lines - countOccurrences('\n', record.join('')), cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? explainCsvError(lastLine, error) : error;
  }
}

/** Reads until the first non-empty line is complete. */
async function readThroughHeader(text: AsyncGenerator<string>): Promise<string> {
  let header = '';
  while (!header.trimStart().includes('\n')) {
    if (header.length > MAX_HEADER_CHARACTERS) {
      throw invalidFile(t('imports:file.firstLineTooLong'));
    }
    const { done, value } = await text.next();
    if (done) break;
    header += value;
  }
  return header;
}

function detectDelimiter(head: string): CsvFormat['delimiter'] {
  const [line = ''] = head.replace(/^\s*\n/, '').split('\n', 1);
  const unquoted = line.replaceAll(/"[^"]*"/g, '');
  return delimiters.reduce((best, candidate) =>
    countOccurrences(candidate, unquoted) > countOccurrences(best, unquoted) ? candidate : best,
  );
}

async function* prepend(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield head;
  yield* rest;
}

function explainCsvError(line: number, error: CsvError): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return invalidFile(t('imports:file.rowTooLong', { line }));
  }
  if (error.code !== 'CSV_QUOTE_NOT_CLOSED') return error;
  return invalidFile(t('imports:file.quoteNotClosed', { line }));
}

function countOccurrences(character: string, text: string): number {
  return text.split(character).length - 1;
}
