import {
  columns,
  type Column as RegisterColumn,
  required,
  synonyms,
  type Values,
} from '../alumni/import-columns.ts';
import type { Column, Verdict } from './purpose.ts';

/** What a row of a register file says, by the columns that the file has. */
export type RecordFacts = Values;

/** The register's columns as pages name them. */
export const labels: Readonly<Record<RegisterColumn, string>> = {
  external_id: 'Id in your register',
  first_name: 'First name',
  last_name: 'Last name',
  email: 'E-mail address',
  batch: 'Batch (year)',
  center: 'Center',
  year_of_birth: 'Year of birth',
  active: 'Active (yes or no)',
  deceased: 'Deceased (yes or no)',
};

export const recordColumns: readonly Column[] = columns.map((name) => ({
  name,
  label: labels[name],
  synonyms: synonyms[name],
  isRequired: required.includes(name),
}));

/** In the order of the preview: first what is imported, last what never is. */
export const recordVerdicts = {
  new: {
    label: 'New',
    tone: 'good',
    says: 'The register has nobody with this id yet.',
    included: 'usually',
  },
  changed: {
    label: 'Changed',
    tone: 'wait',
    says: 'The register says something else. An empty cell empties what is there; a column that the file doesn’t have stays.',
    included: 'usually',
  },
  unchanged: {
    label: 'Unchanged',
    tone: 'off',
    says: 'The register says the same already.',
    included: 'never',
  },
  conflict: {
    label: 'Conflict',
    tone: 'bad',
    says: 'The record with this id was merged into another one, and your file may mean either. Use the other id, or take the line out.',
    included: 'never',
  },
} as const satisfies Record<string, Verdict>;

export type RecordVerdict = keyof typeof recordVerdicts;

/** Why a row was left out although it was included: what has happened since the preview. */
export const recordSkips: Readonly<Record<string, string>> = {
  conflict: 'the record was merged into another one in the meantime',
  gone: 'the row was removed in the meantime',
};
