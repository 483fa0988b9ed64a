import type { Actor } from '../audit/audit.ts';
import type { Batch, Choices, PurposeName } from './batch.ts';

/** A column that a file may have. Synonyms are written as `squash` writes headings; the first is its own name. */
export type Column = Readonly<{
  name: string;
  label: string;
  synonyms: readonly string[];
  isRequired?: boolean;
}>;

/** What can be said of a row. `included`: whether such rows are sent without anybody's wish, on a wish, or never. */
export type Verdict = Readonly<{
  label: string;
  tone: 'good' | 'wait' | 'bad' | 'off' | 'regret';
  says: string;
  included: 'usually' | 'if-wished' | 'never';
}>;

export type Facts = Readonly<Record<string, unknown>>;

/** A row that could be read. No two rows of a file may share a key. */
export type FitRow<F extends Facts = Facts> = Readonly<{ line: number; key: string; facts: F }>;

export type Cells = Readonly<Record<string, string>>;
export type Reading<F extends Facts = Facts> = Readonly<{ key: string; facts: F } | { fault: string }>;
export type Judgement = Readonly<{ verdict: string; remark: string | null }>;

/** What became of a row: done, with the id of what was made or changed, or a key of `skips`. */
export type Outcome = Readonly<{ outcome: string; resultId: string | null }>;
export const DONE = 'done';

/**
 * What a file is for. To add one: make such an object, put it into `purposes.ts`, and allow its name in the table
 * (`batches.purpose`). Upload, columns, preview, progress, resuming and downloads are the same for all; `/admin/batches/new`
 * takes `?purpose=`. Each method is given some thousand rows at a time inside the transaction that keeps what it did:
 * work in sets, and never assume that a step was not begun before.
 */
export type Purpose<F extends Facts = Facts> = Readonly<{
  name: PurposeName;
  columns: readonly Column[];
  /** What the key is called, for “Line 3 has the same address”. */
  keyName: string;
  /** Verdicts besides `invalid` and `duplicate`, which are the same for all, in the order of the preview. */
  verdicts: Readonly<Record<string, Verdict>>;
  /** Why an included row can still be left out when its turn comes, in words that follow "is left out: ". */
  skips: Readonly<Record<string, string>>;
  /** What a row is that was carried out: “sent”. */
  doneWord: string;
  /** Whether what was done for a row `r` has been taken back since, to the database. */
  takenBackSql: string;
  /** Whether a first line is a row already instead of headings. */
  isRow(cells: readonly string[]): boolean;
  /** Guesses the column that headings don't tell, from cells below them; null when it can't. */
  guess(cells: readonly string[]): string | null;
  /** Makes the function that reads cells, by column; `raw` is all of the row. */
  reader(batch: Batch): Promise<(cells: Cells, raw: readonly string[]) => Reading<F>>;
  /** The verdicts on rows that are fit and no duplicates, by line. Looks at the database, changes nothing. */
  judge(rows: readonly FitRow<F>[]): Promise<ReadonlyMap<number, Judgement>>;
  /** What is chosen when nobody has chosen anything. */
  usualChoices(): Promise<Choices>;
  /** Does to included rows what was chosen, and writes the audit. */
  carryOut(rows: readonly FitRow<F>[], batch: Batch, actor: Actor): Promise<ReadonlyMap<number, Outcome>>;
  /** Takes some of it back. @returns of how many; 0 when nothing is left. Null: what was done stays done. */
  recall: ((batch: Batch, actor: Actor) => Promise<number>) | null;
}>;

/** What can be said of a row of any file. */
export const commonVerdicts = {
  duplicate: {
    label: 'Twice in the file',
    tone: 'off',
    says: 'An earlier line is about the same one, and only that line counts.',
    included: 'never',
  },
  invalid: {
    label: 'Can’t be read',
    tone: 'bad',
    says: 'Correct these in your file and upload it again: what is done by then is recognised.',
    included: 'never',
  },
} as const satisfies Record<string, Verdict>;

/** All verdicts of a purpose, in the order of the preview. */
export function verdictsOf(purpose: Purpose): Readonly<Record<string, Verdict>> {
  return { ...purpose.verdicts, ...commonVerdicts };
}

/** The verdicts whose rows are sent without anybody's wish. */
export function usuallyIncluded(verdicts: Readonly<Record<string, Verdict>>): string[] {
  return Object.keys(verdicts).filter((verdict) => verdicts[verdict]?.included === 'usually');
}
