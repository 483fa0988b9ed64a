import type { Import } from '../import.ts';
import type { Remark } from '../remarks.ts';

/** A column that a file may have. `synonyms` are headings as `normaliseHeading` returns them, its own name first. */
export type ImportColumn = Readonly<{
  name: string;
  label(): string;
  synonyms: readonly string[];
  isRequired?: boolean;
  /** A column that can be used instead of this required one. */
  alternative?: string;
}>;

/** The cells of a row by column name. */
export type Cells = Readonly<Record<string, string>>;
/** The parsed values of a row by column name. */
export type RowValues = Readonly<Record<string, string | number | boolean | null>>;

/** The parsed row, or why it can't be read. A second row with the same key is a duplicate. */
export type ParseResult = Readonly<
  { key: string; values: RowValues; remarks: readonly Remark[] } | { error: string }
>;
export type ParsedRow = Readonly<{ line: number; key: string; values: RowValues }>;
/** `previousValues`: the current values of the record that the row would change; null if there is none. */
export type RowCheck = Readonly<{
  status: string;
  explanation: string | null;
  previousValues: RowValues | null;
  /** The values that will be written, if the check completes them. */
  values?: RowValues;
}>;

/** The purpose of an uploaded file. Uploading, mapping columns, checking and exporting work the same for all kinds. */
export type ImportKind = Readonly<{
  columns: readonly ImportColumn[];
  /** Explains that an earlier line has the same key. */
  describeDuplicate(line: number): string;
  /** Whether the first line of a file is data instead of headings. */
  isDataRow(cells: readonly string[]): boolean;
  /** Guesses a column from its cells, or returns null. */
  guessColumn(cells: readonly string[]): string | null;
  /** Creates a function that parses a row. `allCells` also has the cells of unmapped columns. */
  createRowReader(source: Import): Promise<(cells: Cells, allCells: readonly string[]) => ParseResult>;
  /** Returns one check per row, in order. Rows that are `duplicate` or `invalid` are not passed in. */
  checkRows(rows: readonly ParsedRow[], source: Import): Promise<RowCheck[]>;
  /** The statuses of rows whose addresses are used. */
  usedStatuses: readonly string[];
}>;
