import type { TableRow } from '../platform/tables/table.ts';
import { guessByHeadings } from './headings.ts';
import type { ImportKind } from './kinds/kind.ts';

const MAX_TITLE_ROWS = 10;
/** A report's name, a date or who exported it. */
const MAX_TITLE_CELLS = 2;
const MIN_HEADINGS = 2;

/**
 * Separates what reports write above the headings, such as their name. A row counts as the headings if at least two of its
 * cells are known ones; without such a row near the top, there is no title.
 */
export async function splitTitleRows(
  kind: ImportKind,
  rows: AsyncGenerator<TableRow>,
): Promise<Readonly<{ titleRows: readonly TableRow[]; tableRows: AsyncIterable<TableRow> }>> {
  const first: TableRow[] = [];
  let hasHeadings = false;
  for (let isTitle = true; isTitle && !hasHeadings && first.length <= MAX_TITLE_ROWS; ) {
    const { value: row, done } = await rows.next();
    if (done) break;
    first.push(row);
    hasHeadings = guessByHeadings(kind.columns, row.cells).size >= MIN_HEADINGS;
    isTitle = row.cells.filter((cell) => cell.trim() !== '').length <= MAX_TITLE_CELLS;
  }
  const titleRows = hasHeadings ? first.slice(0, -1) : [];
  return { titleRows, tableRows: concatenate(first.slice(titleRows.length), rows) };
}

async function* concatenate(
  first: readonly TableRow[],
  rest: AsyncIterable<TableRow>,
): AsyncGenerator<TableRow> {
  yield* first;
  yield* rest;
}
