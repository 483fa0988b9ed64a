import type { Import, ImportKindName, ImportState } from '../../imports/import.ts';
import type { CheckedRow } from '../../imports/row.ts';
import { t } from '../../platform/i18n/i18n.ts';

type Tone = 'good' | 'wait' | 'bad' | 'off';
/** A row status with its label and what it means. */
export type StatusLabel = Readonly<{ name: string; label: string; tone: Tone; description: string }>;

// In the order of the page.
const statusNames = {
  alumni: ['new', 'changed', 'unchanged', 'conflict', 'duplicate', 'invalid'],
  invitees: ['ok', 'duplicate', 'invalid'],
} as const;

const statusTones = {
  new: 'good',
  changed: 'wait',
  unchanged: 'off',
  conflict: 'bad',
  ok: 'good',
  duplicate: 'off',
  invalid: 'bad',
} as const;

/** The row statuses of a kind of import, in the order of the page. */
export function statusLabels(kind: ImportKindName): StatusLabel[] {
  return statusNames[kind].map((name) => ({
    name,
    label: t(`imports:statuses.${name}`),
    tone: statusTones[name],
    description: t(`imports:statusMeanings.${name}`),
  }));
}

// In the order of the page.
const outcomes = [
  'imported',
  'added-since',
  'changed-since',
  'merged-since',
  'undone',
  'kept-changed',
  'kept-merged',
  'kept-in-use',
] as const;

/** The row outcomes, in the order of the page. */
export function outcomeLabels(): { name: string; label: string }[] {
  return outcomes.map((name) => ({ name, label: t(`imports:outcomes.${name}`) }));
}

export function outcomeLabel({ outcome }: Pick<CheckedRow, 'outcome'>): string {
  const name = outcomes.find((candidate) => candidate === outcome);
  return name ? t(`imports:outcomes.${name}`) : (outcome ?? t('imports:outcomes.none'));
}

const stateTones: Readonly<Record<ImportState, Tone>> = {
  uploading: 'wait',
  interrupted: 'bad',
  mapping: 'wait',
  checking: 'wait',
  checked: 'wait',
  importing: 'wait',
  imported: 'good',
  undoing: 'wait',
  undone: 'off',
};

export function importBadge(kind: ImportKindName, state: ImportState): readonly [tone: Tone, text: string] {
  return kind === 'invitees' && state === 'checked'
    ? ['good', t('imports:states.readyForCampaign')]
    : [stateTones[state], t(`imports:states.${state}`)];
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
  const names = ['upload', 'columns', 'check', kind === 'alumni' ? 'import' : 'campaign'] as const;
  return names.map((name, index) => {
    const label = t(`imports:steps.${name}`);
    if (index === current) return { label, state: 'current' };
    return { label, state: index < current ? 'done' : 'open' };
  });
}

/** The progress of the upload or of the worker. */
export type ImportProgress = Readonly<{ title: string; done: number; total: number }>;

export function importProgress(file: Import, state: ImportState): ImportProgress | null {
  if (state === 'uploading') return { title: t('imports:progress.uploading'), done: 0, total: 0 };
  if (state === 'checking')
    return { title: t('imports:progress.checking'), done: file.checkedCount, total: file.rowCount };
  if (state === 'importing')
    return {
      title: t('imports:progress.importing'),
      done: file.importedCount + file.skippedCount,
      total: file.confirmedCount ?? 0,
    };
  if (state === 'undoing')
    return {
      title: t('imports:progress.undoing'),
      done: file.undoneCount + file.keptCount,
      total: file.importedCount,
    };
  return null;
}

const encodings = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'windows-1252': 'Windows-1252',
} as const;
const delimiters = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'bar'],
] as const);

/** “UTF-8, with commas between the cells” */
export function describeFormat(format: Import['format']): string {
  if (format.type === 'xlsx') {
    const { sheet, otherSheets } = format;
    return otherSheets.length > 0
      ? t('imports:formats.sheet', { sheet, count: otherSheets.length, names: otherSheets })
      : t('imports:formats.onlySheet', { sheet });
  }
  if (format.type === 'vcard') return t('imports:formats.vcard', { encoding: encodings[format.encoding] });
  if (format.type !== 'csv') return t('common:form.notKnown');
  const name = delimiters.get(format.delimiter as ',') ?? 'other';
  const { delimiter } = format;
  return t(`imports:formats.${name}`, { encoding: encodings[format.encoding], delimiter });
}
