import { t } from '../../platform/i18n/i18n.ts';
import type { ImportResult } from './command-import.ts';
import type { LineError } from './line.ts';

/** Describes an import for a terminal: one line of counts, then one line per error. */
export function describeImport(result: ImportResult): string {
  const { created, changed, unchanged, rejected, errors, errorCount, unknownColumns } = result;
  const total = created + changed + unchanged + rejected;
  const names = unknownColumns.map((name) => JSON.stringify(name)).join(', ');
  return [
    t('imports:command.counts', { total, created, changed, unchanged, rejected }),
    ...(names ? [t('imports:command.ignoredColumns', { names })] : []),
    ...errors.map(describeError),
    ...(errorCount > errors.length
      ? [t('imports:command.moreErrors', { count: errorCount - errors.length })]
      : []),
    ...(rejected > 0 ? [t('imports:command.correct')] : []),
  ].join('\n');
}

function describeError({ line, column, message, value }: LineError): string {
  if (!column) return t('imports:command.lineError', { line, message });
  if (!value) return t('imports:command.columnError', { line, column, message });
  // Quoted as JSON, so that the file can't send control characters to the terminal.
  return t('imports:command.valueError', { line, column, value: JSON.stringify(value), message });
}
