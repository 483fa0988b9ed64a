import type { ImportResult } from './command-import.ts';
import type { LineError } from './line.ts';

/** What an import did, in words for a terminal: a line for the counts, then one for each error that was kept. */
export function describeImport(result: ImportResult): string {
  const { created, changed, unchanged, rejected, errors, errorCount, unknownColumns } = result;
  const counts = `${created} created, ${changed} changed, ${unchanged} unchanged, ${rejected} not imported`;
  const ignored = unknownColumns.map((name) => JSON.stringify(name)).join(', ');
  return [
    `${created + changed + unchanged + rejected} lines read: ${counts}.`,
    ...(ignored ? [`Columns that were ignored: ${ignored}.`] : []),
    ...errors.map(describeError),
    ...(errorCount > errors.length ? [`… and ${errorCount - errors.length} more errors.`] : []),
    ...(rejected > 0
      ? ['Correct these lines and import the file again; what is in already stays as it is.']
      : []),
  ].join('\n');
}

/** 0 when every line was imported, else 1. */
export function importExitCode({ rejected }: Pick<ImportResult, 'rejected'>): 0 | 1 {
  return rejected === 0 ? 0 : 1;
}

function describeError({ line, column, message, value }: LineError): string {
  // Quoted as JSON, so that nothing in the file can steer the terminal.
  const location = `Line ${line}${column ? `, ${column}` : ''}${value ? ` ${JSON.stringify(value)}` : ''}`;
  return `${location}: ${message}`;
}
