import { isYearOfBirth } from '../../alumni/age.ts';
import { normaliseCell } from '../../alumni/record-fields.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import { suggestAddress } from '../../platform/text/address-typo.ts';
import { toAsciiDigits } from '../../platform/text/text.ts';
import { findAddresses, splitAddresses } from '../addresses.ts';
import type { Cells } from '../kinds/kind.ts';
import type { Remark, RemarkName } from '../remarks.ts';
import { type NameOrder, splitFullName } from './full-name.ts';
import { readLastYear, readYearOfDate, type YearReading } from './years.ts';

/** How the cells of a file are read. `asOf` limits the years of birth. */
export type ReadingOptions = Readonly<{ asOf: Date; keepEmpty: boolean; nameOrder: NameOrder }>;

/**
 * Turns the cells of a row, as programs write them, into cells for the columns of records: the year of a full date, the first
 * of several addresses, the two parts of a full name.
 */
export function prepareCells(
  raw: Cells,
  options: ReadingOptions,
): { cells: Record<string, string>; remarks: Remark[] } {
  const cells: Record<string, string> = { ...raw };
  const remarks: Remark[] = [];
  const remark: AddRemark = (name, text) => {
    remarks.push({ name, text });
  };
  readFullName(cells, options.nameOrder, remark);
  readAddresses(cells, remark);
  readYear(cells, 'year_of_birth', (cell) =>
    readYearOfDate(cell, (year) => isYearOfBirth(year, options.asOf)),
  );
  readYear(
    cells,
    'batch',
    (cell) => readLastYear(cell) ?? readYearOfDate(cell, (year) => isYearOfBirth(year, options.asOf)),
  );
  if (cells.inactive !== undefined && !normaliseCell(cells.active ?? ''))
    cells.active = invert(cells.inactive);
  return { cells, remarks };

  function readYear(
    target: Cells,
    column: 'batch' | 'year_of_birth',
    read: (cell: string) => YearReading | null,
  ) {
    const cell = toAsciiDigits(normaliseCell(target[column] ?? ''));
    const reading = /^\d{4}$/.test(cell) ? null : read(cell);
    if (reading === null) return;
    cells[column] = reading.year;
    const shown = { cell: truncate(cell), year: reading.year };
    remark(
      reading.remark,
      t(column === 'batch' ? 'imports:remarkTexts.batch' : 'imports:remarkTexts.year', shown),
    );
  }
}

type AddRemark = (name: RemarkName, text: string) => void;

function readFullName(cells: Record<string, string>, order: NameOrder, remark: AddRemark): void {
  const fullName = normaliseCell(cells.full_name ?? '');
  if (fullName === '' || normaliseCell(cells.last_name ?? '') !== '') return;
  const { firstName, lastName } = splitFullName(fullName, order);
  cells.first_name = normaliseCell(cells.first_name ?? '') || firstName;
  cells.last_name = lastName;
  remark('nameSplit', t('imports:remarkTexts.nameSplit', { firstName: cells.first_name || '–', lastName }));
}

function readAddresses(cells: Record<string, string>, remark: AddRemark): void {
  const [first = '', ...others] = splitAddresses(cells.email ?? '');
  if (others.length > 0) {
    cells.other_emails = [...others, cells.other_emails ?? ''].flatMap(findAddresses).join(' ');
    const shown = { address: truncate(first), others: truncate(cells.other_emails) };
    remark('severalAddresses', t('imports:remarkTexts.severalAddresses', shown));
  } else if (cells.other_emails !== undefined) {
    cells.other_emails = findAddresses(cells.other_emails).join(' ');
  }
  const [address = first.trim()] = findAddresses(first);
  cells.email = first;
  const suggestion = suggestAddress(address);
  if (suggestion === null) return;
  const shown = { address: truncate(address), suggestion: truncate(suggestion) };
  remark('typo', t('imports:remarkTexts.typo', shown));
}

/** The opposite of a yes or no. Anything else is left for the check to explain. */
function invert(cell: string): string {
  const word = normaliseCell(cell).toLowerCase();
  if (word === '') return '';
  if (/^(no|n|false|f|0|nein|falsch|non|faux|falso|active)$/.test(word)) return 'yes';
  return /^(yes|y|true|t|1|x|ja|wahr|oui|vrai|si|sí|verdadero|inactive)$/.test(word) ? 'no' : cell;
}
