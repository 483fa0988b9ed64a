import type { Request } from 'express';
import { shorten } from '../../csv/headings.ts';
import type { CsvColumn } from '../../csv/write.ts';
import { whyNotUndoable } from '../../imports/carry-out.ts';
import { countImportable, type Import, type ListedImport, stateOf } from '../../imports/import.ts';
import { kindOf } from '../../imports/kind.ts';
import { type CheckedRow, firstRows, listRows } from '../../imports/row.ts';
import { cursorIn, one, pagesAround } from '../list-query.ts';
import {
  badgeOf,
  formatInWords,
  kindWords,
  outcomeOf,
  outcomeWords,
  progressOf,
  statusWords,
  stepsAt,
} from './words.ts';

type Locals = Record<string, unknown>;

export function listedInWords(file: ListedImport) {
  return { ...file, badge: badgeOf(file.kind, stateOf(file)), kindInWords: kindWords[file.kind] };
}

/** What the page of an import shows: how far the worker is, what was found, or the result. */
export async function pageOfImport(file: Import, req: Request): Promise<Locals> {
  const state = stateOf(file);
  const progress = progressOf(file, state);
  const common = {
    file,
    state,
    progress,
    badge: badgeOf(file.kind, state),
    steps: stepsAt(file.kind, state),
    format: formatInWords(file.format),
  };
  if (progress || state === 'interrupted') return common;
  return {
    ...common,
    count: countImportable(file),
    isUndoable: whyNotUndoable(file) === null,
    statuses: Object.entries(statusWords[file.kind])
      .map(([name, words]) => ({ ...words, name, count: file.statuses[name] ?? 0 }))
      .filter(({ count }) => count > 0),
    outcomes: Object.entries(outcomeWords)
      .map(([name, label]) => ({ name, label, count: file.outcomes[name] ?? 0 }))
      .filter(({ count }) => count > 0),
    columns: await columnsInWords(file),
    ...(file.emptiedAt ? {} : await rowsOf(file, req)),
  };
}

/** The columns of the report: what each row says, its status, and what happened to it. */
export function reportColumns(file: Import): CsvColumn<CheckedRow>[] {
  const given = kindOf(file).columns.filter(({ name }) => file.columns[name] !== undefined);
  return [
    { heading: 'Line', value: ({ line }) => line },
    ...given.map(({ name, label }) => ({
      heading: label,
      value: ({ cells }: CheckedRow) => cells[file.columns[name] ?? -1] ?? '',
    })),
    { heading: 'Status', value: ({ status }) => statusWords[file.kind][status]?.label ?? status },
    { heading: 'Details', value: ({ remark }) => remark },
    ...(file.confirmedAt ? [{ heading: 'Outcome', value: outcomeOf }] : []),
  ];
}

/** “B: Name”, or “B: amma@example.org” where there are no headings. */
export function nameOfColumn(rows: readonly string[][], at: number, hasHeading: boolean): string {
  const letter = (index: number) => String.fromCharCode(65 + index);
  const letters = at < 26 ? letter(at) : `${letter(Math.floor(at / 26) - 1)}${letter(at % 26)}`;
  const said = hasHeading ? rows[0]?.[at] : rows.find((cells) => cells[at])?.[at];
  return said ? `${letters}: ${shorten(said)}` : `${letters} (empty)`;
}

/** Which column of the file each of ours was read from. */
async function columnsInWords(file: Import): Promise<{ label: string; from: string }[]> {
  const sample = await firstRows(file.id);
  return kindOf(file).columns.flatMap(({ name, label }) => {
    const at = file.columns[name];
    return at === undefined ? [] : [{ label, from: nameOfColumn(sample, at, file.hasHeading) }];
  });
}

async function rowsOf(file: Import, req: Request): Promise<Locals> {
  const asked = one(req.query.show);
  const status = new Map(Object.entries(statusWords[file.kind])).get(asked);
  const outcome = new Map(Object.entries(outcomeWords)).get(asked);
  const filter = status ? { status: asked } : outcome ? { outcome: asked } : {};
  const page = await listRows(file.id, filter, cursorIn(req.query));
  return {
    rows: page.items.map((row) => ({ ...row, ...rowInWords(file, row) })),
    shown: status?.label ?? outcome ?? null,
    urls: pagesAround(req, page),
  };
}

function rowInWords(file: Import, row: CheckedRow) {
  const said = (...names: string[]) => {
    const of = (name: string) => row.values?.[name] ?? row.cells[file.columns[name] ?? -1];
    return shorten(names.map(of).filter(Boolean).join(' ').trim());
  };
  // What was read as an invitee's name holds the first name already.
  const person =
    file.kind === 'alumni'
      ? { title: said('first_name', 'last_name'), about: said('external_id') }
      : { title: said('email'), about: row.values ? said('name') : said('firstName', 'name') };
  const isGone = row.outcome === 'undone' && row.before === null;
  return {
    title: person.title || shorten(row.cells.join(' ').trim()) || '–',
    about: person.about || '–',
    url: row.recordId && !isGone ? `/admin/alumni/${row.recordId}` : null,
    words: statusWords[file.kind][row.status],
    outcomeInWords: outcomeOf(row),
  };
}
