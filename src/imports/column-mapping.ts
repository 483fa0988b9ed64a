import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { inTransaction, queryRows } from '../platform/db/database.ts';
import { Conflict, InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { guessByHeadings } from './headings.ts';
import { enqueueStep, lockImport } from './import.ts';
import { importKindOf } from './kinds/all.ts';
import type { ImportKind } from './kinds/kind.ts';
import { deleteLeftoversOfRows, findLeftovers, storeLeftovers } from './leftovers.ts';
import type { NameOrder } from './records/full-name.ts';
import { listFirstRows } from './row.ts';

/** The position of each column in a file, from 0. */
export type ColumnPositions = Readonly<Record<string, number>>;

/** Guesses the columns by their headings, or otherwise by the content of their cells. */
export function guessColumns(
  kind: ImportKind,
  sample: readonly string[][],
  hasHeading: boolean,
): ColumnPositions {
  const positions = new Map<string, number>();
  const usedPositions = new Set<number>();
  const assign = (name: string, position: number) => {
    if (position < 0 || positions.has(name) || usedPositions.has(position)) return;
    positions.set(name, position);
    usedPositions.add(position);
  };
  if (hasHeading) {
    for (const [name, position] of guessByHeadings(kind.columns, sample[0] ?? [])) assign(name, position);
  }
  const dataRows = sample.slice(hasHeading ? 1 : 0);
  const width = Math.max(0, ...dataRows.map((cells) => cells.length));
  for (let position = 0; position < width; position += 1) {
    const name = kind.guessColumn(dataRows.map((cells) => cells[position] ?? ''));
    if (name !== null) assign(name, position);
  }
  return Object.fromEntries(positions);
}

/** What staff choose about how a file is read. */
export type Mapping = Readonly<{
  columns: ColumnPositions;
  hasHeading: boolean;
  keepEmpty?: boolean;
  nameOrder?: NameOrder;
}>;

/**
 * Stores which column is which and starts checking all rows. Can be repeated until the import is confirmed.
 * @throws NotFound, InvalidInput, Conflict if the upload is incomplete or the import is confirmed
 */
export async function mapColumns(
  id: string,
  { columns, hasHeading, keepEmpty = true, nameOrder = 'guess' }: Mapping,
  actor: Actor,
): Promise<void> {
  await inTransaction(async () => {
    const source = await lockImport(id);
    if (source.confirmedAt) throw new Conflict(t('imports:errors.columnsFinal'));
    if (!source.uploadedAt) throw new Conflict(t('imports:errors.incomplete'));
    requireValidMapping(importKindOf(source), columns);
    await queryRows(
      `with first as (select min(line) as line from import_rows where import_id = $1),
         heading as (update import_rows r set key = null, values = null, status = null, explanation = null, previous_values = null, remarks = '{}'
           from first where r.import_id = $1 and r.line = first.line)
       update imports set mapped_at = now(), checked_at = null, checked_count = 0, status_counts = '{}', columns = $2::jsonb,
         keep_empty = $4, name_order = $5,
         row_count = row_count + has_heading::int - $3::boolean::int, has_heading = $3,
         last_line = case when $3 then first.line else 0 end
       from first where id = $1`,
      [id, JSON.stringify(columns), hasHeading, keepEmpty, nameOrder],
    );
    await deleteLeftoversOfRows(id);
    const [heading = []] = hasHeading ? await listFirstRows(id, 1) : [];
    await storeLeftovers(
      id,
      findLeftovers({ line: 1, cells: heading }, [], () => 'row'),
    );
    const detail = { columns: Object.keys(columns) };
    await recordEvent(actor, { action: 'import.mapped', subject: 'import', subjectId: id, detail });
    await enqueueStep(id);
  });
}

function requireValidMapping({ columns }: ImportKind, positions: ColumnPositions): void {
  const errors: Record<string, string> = {};
  const used = new Map<number, string>();
  for (const { name, label, isRequired, alternative = '' } of columns) {
    const position = positions[name];
    if (position === undefined) {
      if (isRequired && positions[alternative] === undefined)
        errors[`columns[${name}]`] = t('imports:columns.chooseFor', { label: label() });
      continue;
    }
    const other = used.get(position);
    if (other !== undefined) errors[`columns[${name}]`] = t('imports:columns.usedTwice', { label: other });
    used.set(position, label());
  }
  if (Object.keys(errors).length > 0) throw new InvalidInput(errors);
}
