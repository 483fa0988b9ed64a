/** One row of a file: the line on which it begins (from 1) and its cells, untrimmed. */
export type TableRow = Readonly<{ line: number; cells: string[] }>;

/** A file being read. `format` is complete when the rows have been read. */
export type OpenTable<Format> = Readonly<{
  format: Format;
  rows: AsyncGenerator<TableRow>;
  /** The rows of sheets that aren't used. Read them after `rows`. */
  otherRows(): AsyncGenerator<TableRow & { sheet: string }>;
}>;

export async function* prepend<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
