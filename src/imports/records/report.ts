import type { ImportResult } from './command-import.ts';
import type { LineError } from './line.ts';

/** Describes an import for a terminal: one line of counts, then one line per error. */
export function describeImport(result: ImportResult): string {
  const { created, changed, unchanged, rejected, errors, errorCount, unknownColumns } = result;
  const counts = `${created} created, ${changed} changed, ${unchanged} unchanged, ${rejected} not imported`;
  const ignored = unknownColumns.map((name) => JSON.stringify(name)).join(', ');
  return [
    `${created + changed + unchanged + rejected} lines read: ${counts}.`,
    ...(ignored ? [`Ignored columns: ${ignored}.`] : []),
    ...errors.map(describeError),
    ...(errorCount > errors.length ? [`… and ${errorCount - errors.length} more errors.`] : []),
    ...(rejected > 0
      ? ['Correct these lines and import the file again. Records that were imported don’t change.']
      : []),
  ].join('\n');
}

/** 0 if every line was imported, otherwise 1. */
export function importExitCode({ rejected }: Pick<ImportResult, 'rejected'>): 0 | 1 {
  return rejected === 0 ? 0 : 1;
}

function describeError({ line, column, message, value }: LineError): string {
  // Quoted as JSON, so that the file can't send control characters to the terminal.
  const location = `Line ${line}${column ? `, ${column}` : ''}${value ? ` ${JSON.stringify(value)}` : ''}`;
  return `${location}: ${message}`;
}
