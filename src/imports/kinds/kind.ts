import type { Import } from '../import.ts';

/** A column that a file may have. Synonyms are written as `squash` writes headings; the first is its own name. */
export type ImportColumn = Readonly<{
  name: string;
  label: string;
  synonyms: readonly string[];
  isRequired?: boolean;
}>;

/** The cells of a row, by the name of their column. */
export type Cells = Readonly<Record<string, string>>;
/** What was read in the cells of a row. */
export type RowValues = Readonly<Record<string, string | number | boolean | null>>;

/** What a row says, or why it can't be read. No two rows of a file may share a key. */
export type ParseResult = Readonly<{ key: string; values: RowValues } | { error: string }>;
/** A row that could be read and is no duplicate. */
export type ParsedRow = Readonly<{ line: number; key: string; values: RowValues }>;
/** `before`: what a record said that the row would change. */
export type RowCheck = Readonly<{
  status: string;
  explanation: string | null;
  previousValues: RowValues | null;
}>;

/** What a file is uploaded for. Upload, columns, checking and downloads are the same for all kinds. */
export type ImportKind = Readonly<{
  columns: readonly ImportColumn[];
  /** What the key is called, as in “Line 3 has the same address”. */
  keyName: string;
  /** Whether a first line is a row already instead of headings. */
  isDataRow(cells: readonly string[]): boolean;
  /** Guesses the column that headings don't tell, from cells below them; null when it can't. */
  guessColumn(cells: readonly string[]): string | null;
  /** Makes the function that reads a row; `all` are the cells of the row as they are. */
  createRowReader(one: Import): Promise<(cells: Cells, all: readonly string[]) => ParseResult>;
  /** The checks of some thousand rows, in their order. Besides these, a row may be a `duplicate` or `invalid`. */
  checkRows(rows: readonly ParsedRow[]): Promise<RowCheck[]>;
}>;
