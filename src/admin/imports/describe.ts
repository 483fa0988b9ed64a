import type { Import, ImportKindName, ImportState } from '../../imports/import.ts';
import type { CheckedRow } from '../../imports/row.ts';
import type { CsvFormat } from '../../platform/csv/read.ts';

type Tone = 'good' | 'wait' | 'bad' | 'off';
type StatusLabel = Readonly<{ label: string; tone: Tone; description: string }>;

export const kindLabels: Readonly<Record<ImportKindName, string>> = {
  alumni: 'Alumni records',
  invitees: 'People to invite',
};

const common = {
  duplicate: {
    label: 'Duplicate',
    tone: 'off',
    description: 'An earlier line of the file is about the same person, and only that line counts.',
  },
  invalid: {
    label: 'Invalid',
    tone: 'bad',
    description: 'These lines can’t be used. Correct them and upload the file again.',
  },
} as const;

/** Labels of row statuses, in the order of the page. */
export const statusLabels: Readonly<Record<ImportKindName, Readonly<Record<string, StatusLabel>>>> = {
  alumni: {
    new: { label: 'New', tone: 'good', description: 'Nobody in the directory has this ID yet.' },
    changed: {
      label: 'Changed',
      tone: 'wait',
      description:
        'The directory says something else. An empty cell clears what is there; columns that the file doesn’t have stay as they are.',
    },
    unchanged: { label: 'Unchanged', tone: 'off', description: 'The directory says the same already.' },
    conflict: {
      label: 'Conflict',
      tone: 'bad',
      description:
        'The record with this ID was merged into another file. Use the ID of that one, or remove the line.',
    },
    ...common,
  },
  invitees: {
    ok: {
      label: 'Ready',
      tone: 'good',
      description: 'The campaign checks next whether they may be invited.',
    },
    ...common,
  },
};

/** Labels of row outcomes, in the order of the page. */
export const outcomeLabels: Readonly<Record<string, string>> = {
  imported: 'Imported',
  'added-since': 'Skipped: somebody added this record after the check',
  'changed-since': 'Skipped: the record was changed after the check',
  'merged-since': 'Skipped: the record was merged into another one after the check',
  undone: 'Undone',
  'kept-changed': 'Kept: the record was changed after the import',
  'kept-merged': 'Kept: the record was merged into another one after the import',
  'kept-in-use': 'Kept: an account claims the record, or another record was merged into it',
};

export function outcomeLabel({ outcome }: Pick<CheckedRow, 'outcome'>): string {
  return outcome === null ? 'Not imported' : (outcomeLabels[outcome] ?? outcome);
}

const stateBadges: Readonly<Record<ImportState, readonly [tone: Tone, text: string]>> = {
  uploading: ['wait', 'Being uploaded'],
  interrupted: ['bad', 'Interrupted'],
  mapping: ['wait', 'Columns to check'],
  checking: ['wait', 'Being checked'],
  checked: ['wait', 'Ready to import'],
  importing: ['wait', 'Being imported'],
  imported: ['good', 'Imported'],
  undoing: ['wait', 'Being undone'],
  undone: ['off', 'Undone'],
};

export function importBadge(kind: ImportKindName, state: ImportState): readonly [tone: Tone, text: string] {
  return kind === 'invitees' && state === 'checked' ? ['good', 'Ready for a campaign'] : stateBadges[state];
}

const stepIndexes: Readonly<Partial<Record<ImportState, number>>> = {
  mapping: 1,
  checking: 2,
  checked: 2,
  importing: 3,
};

/** The steps for `parts/steps`. */
export function importSteps(kind: ImportKindName, state: ImportState): { label: string; state: string }[] {
  const current = stepIndexes[state] ?? 0;
  return ['Upload', 'Columns', 'Check', kind === 'alumni' ? 'Import' : 'Campaign'].map((label, index) => {
    if (index === current) return { label, state: 'current' };
    return { label, state: index < current ? 'done' : 'open' };
  });
}

/** The progress of the upload or of the worker. */
export type ImportProgress = Readonly<{ title: string; done: number; total: number }>;

export function importProgress(file: Import, state: ImportState): ImportProgress | null {
  if (state === 'uploading') return { title: 'The file is being uploaded', done: 0, total: 0 };
  if (state === 'checking')
    return { title: 'Checking the rows', done: file.checkedCount, total: file.rowCount };
  if (state === 'importing')
    return {
      title: 'Importing the records',
      done: file.importedCount + file.skippedCount,
      total: file.confirmedCount ?? 0,
    };
  if (state === 'undoing')
    return {
      title: 'Undoing the import',
      done: file.undoneCount + file.keptCount,
      total: file.importedCount,
    };
  return null;
}

const encodings = { 'utf-8': 'UTF-8', 'utf-16le': 'UTF-16', 'utf-16be': 'UTF-16' } as const;
const delimiters = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' } as const;

/** “UTF-8, cells separated by commas” */
export function describeFormat({ encoding, delimiter }: Partial<CsvFormat>): string {
  if (!encoding || !delimiter) return 'Not known';
  return `${encodings[encoding]}, cells separated by ${delimiters[delimiter]}`;
}
