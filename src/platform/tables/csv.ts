import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { t } from '../i18n/i18n.ts';
import { decodeText, type Encoding, invalidFile } from './decode.ts';
import { type OpenTable, prepend, type TableRow } from './table.ts';

type ParsedRow = { record: string[]; info: { lines: number } };

const MAX_HEADER_CHARACTERS = 20_000;
const MAX_ROW_BYTES = 200_000;
const SEPARATOR_LINE = /^"?sep=(?<delimiter>[^"\n])"?\n/i;
const delimiters = [',', ';', '\t', '|'] as const;

/** The detected format of a CSV file. */
export type CsvFormat = Readonly<{ type: 'csv'; encoding: Encoding; delimiter: string }>;

/**
 * Opens a CSV file; empty rows are skipped. See `decodeText` for encodings. The delimiter is named by a first line such as
 * `sep=;`, or it is whichever of `,`, `;`, tab and `|` is most frequent in the first row, outside quotation marks.
 * @throws InvalidInput at the first error; stream errors pass through
 */
export async function openCsv(file: AsyncIterable<Buffer>): Promise<OpenTable<CsvFormat>> {
  const format = { type: 'csv' as const, encoding: 'utf-8' as Encoding, delimiter: ',' };
  const text = decodeText(file, (detected) => {
    format.encoding = detected;
  });
  const head = await readFirstRow(text);
  if (head.trim() === '') throw invalidFile(t('imports:file.empty'));
  const [separatorLine = ''] = SEPARATOR_LINE.exec(head) ?? [];
  const rest = head.slice(separatorLine.length);
  format.delimiter = SEPARATOR_LINE.exec(head)?.groups?.delimiter ?? detectDelimiter(rest);
  const rows = parseRows(rest, text, format.delimiter, separatorLine ? 1 : 0);
  return { format, rows, otherRows: async function* () {} };
}

async function* parseRows(
  head: string,
  text: AsyncGenerator<string>,
  delimiter: string,
  skippedLines: number,
): AsyncGenerator<TableRow> {
  let lastLine = skippedLines;
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
      lastLine = lines + skippedLines;
      return cells;
    },
  });
  // An error of the text destroys the parser, so the reader below throws it.
  pipeline(prepend(head, text), parser, () => {});
  try {
    for await (const row of parser) {
      const { record, info }: ParsedRow = row;
      const line = info.lines + skippedLines - countOccurrences('\n', record.join(''));
      yield { line, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? explainCsvError(lastLine, error) : error;
  }
}

/** Reads until the first non-empty row is complete. */
async function readFirstRow(text: AsyncGenerator<string>): Promise<string> {
  let head = '';
  while (scanFirstRow(head.replace(SEPARATOR_LINE, '')) === null) {
    if (head.length > MAX_HEADER_CHARACTERS) {
      throw invalidFile(t('imports:file.firstLineTooLong'));
    }
    const { done, value } = await text.next();
    if (done) break;
    head += value;
  }
  return head;
}

/** The first non-empty row without its quoted texts, or null if the row isn't complete. */
function scanFirstRow(head: string): string | null {
  const text = head.replace(/^\s*\n/, '');
  let unquoted = '';
  let isQuoted = false;
  for (const character of text) {
    if (character === '"' && (isQuoted || unquoted === '' || isDelimiter(unquoted.at(-1)))) {
      isQuoted = !isQuoted;
    } else if (!isQuoted) {
      if (character === '\n') return unquoted;
      unquoted += character;
    }
  }
  return null;
}

function detectDelimiter(head: string): string {
  const row = scanFirstRow(`${head}\n`) ?? head;
  return delimiters.reduce<string>(
    (best, candidate) => (countOccurrences(candidate, row) > countOccurrences(best, row) ? candidate : best),
    ',',
  );
}

function isDelimiter(character: string | undefined): boolean {
  return delimiters.some((delimiter) => delimiter === character);
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
