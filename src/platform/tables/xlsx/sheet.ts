import type { TableRow } from '../table.ts';
import type { Archive } from './archive.ts';
import { formatNumber, type NumberFormat } from './number-formats.ts';
import type { SharedStrings } from './shared-strings.ts';
import { TextCollector, unescapeText } from './text.ts';

/** What the cells of a sheet refer to. */
export type SheetContext = Readonly<{
  archive: Archive;
  strings: SharedStrings;
  formats: readonly NumberFormat[];
  uses1904: boolean;
}>;

/** Excel's own limit. */
const MAX_COLUMNS = 16_384;

/**
 * Streams the rows of a sheet; empty rows are skipped. Rows that end early are as long as the first one, because Excel
 * doesn't store empty cells. Formulas are read as their last results.
 */
export async function* readSheet(part: string, context: SheetContext): AsyncGenerator<TableRow> {
  const pending: TableRow[] = [];
  let line = 0;
  let width = 0;
  let cells: string[] = [];
  let column = 0;
  let cell = { type: '', style: 0, value: '' };
  let isValue = false;
  const text = new TextCollector();

  function finishRow(): void {
    while (cells.length > 0 && (cells.at(-1) ?? '').trim() === '') cells.pop();
    if (cells.length === 0) return;
    const filled = Array.from({ length: Math.max(width, cells.length) }, (_, index) => cells[index] ?? '');
    width ||= filled.length;
    pending.push({ line, cells: filled });
  }

  const parsing = context.archive.parse(part, {
    open(name, { r = '', t = 'n', s }) {
      if (name === 'row') {
        line = Number(r) || line + 1;
        cells = [];
        column = 0;
      } else if (name === 'c') {
        column = columnOf(r) ?? column;
        cell = { type: t, style: Number(s ?? 0), value: '' };
        text.begin();
      } else if (name === 'v') isValue = true;
      else text.open(name);
    },
    text(value) {
      if (isValue) cell.value += value;
      else text.add(value);
    },
    close(name) {
      if (name === 'v') isValue = false;
      else if (name === 'c') {
        const content = cell.type === 'inlineStr' ? text.end() : describeCell(cell, context);
        if (content !== '' && column < MAX_COLUMNS) cells[column] = content;
        column += 1;
      } else if (name === 'row') finishRow();
      else text.close(name);
    },
  });
  for await (const _ of parsing) {
    yield* pending;
    pending.length = 0;
  }
  yield* pending;
}

function describeCell(
  { type, style, value }: { type: string; style: number; value: string },
  { strings, formats, uses1904 }: SheetContext,
): string {
  if (value === '') return '';
  if (type === 's') return strings.get(Number(value));
  if (type === 'n') return formatNumber(value, formats[style], uses1904);
  if (type === 'b') return value === '1' ? 'true' : 'false';
  if (type === 'd') return value.replace(/T00:00(:00(\.0+)?)?Z?$/, '');
  return unescapeText(value);
}

/** The column of a reference such as `C5`, from 0; null if there is none. */
function columnOf(reference: string): number | null {
  const [letters = ''] = /^[A-Z]{1,3}/.exec(reference) ?? [];
  if (letters === '') return null;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
