import type { Archive } from './archive.ts';

/** How a cell shows its number: as a date, with zeros in front up to a width, or as it is. */
export type NumberFormat = Readonly<{ isDate: boolean; width: number }>;

const DAY_MS = 86_400_000;
/** 30 December 1899: Excel counts a 29 February 1900 that didn't exist. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const general: NumberFormat = { isDate: false, width: 0 };

/** Reads the number formats of a workbook's styles, by the number of the style. */
export async function readNumberFormats(archive: Archive, part: string): Promise<NumberFormat[]> {
  const codes = new Map<number, string>();
  const formats: NumberFormat[] = [];
  let isCellStyle = false;
  await archive.parseAll(part, {
    open(name, { numFmtId, formatCode }) {
      if (name === 'numFmt') codes.set(Number(numFmtId), formatCode ?? '');
      if (name === 'cellXfs') isCellStyle = true;
      if (name === 'xf' && isCellStyle) formats.push(describeFormat(Number(numFmtId), codes));
    },
    close(name) {
      if (name === 'cellXfs') isCellStyle = false;
    },
  });
  return formats;
}

/** Writes a number as people see it: a date as `1987-12-05`, a padded id as `00123`, others without exponent. */
export function formatNumber(value: string, format: NumberFormat = general, uses1904 = false): string {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) return value;
  if (format.isDate && number >= 1) return formatDate(number, uses1904 ? EPOCH_1904 : EPOCH_1900);
  if (Number.isInteger(number) && Math.abs(number) < 1e21)
    return BigInt(number).toString().padStart(format.width, '0');
  // Excel calculates with 15 digits; the others are noise, such as 0.30000000000000004.
  return String(Number(number.toPrecision(15)));
}

function formatDate(serial: number, epoch: number): string {
  const date = new Date(epoch + Math.round(serial * 86_400) * 1_000);
  if (Number.isNaN(date.getTime())) return String(serial);
  const text = date.toISOString();
  return date.getTime() % DAY_MS === 0 ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}

function describeFormat(id: number, codes: ReadonlyMap<number, string>): NumberFormat {
  const code = codes.get(id);
  if (code === undefined) return isBuiltInDate(id) ? { isDate: true, width: 0 } : general;
  // Without quoted and escaped characters, colours and locales.
  const [pattern = ''] = code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, '').split(';');
  if (/[ymdh]/i.test(pattern) && !/general/i.test(pattern)) return { isDate: true, width: 0 };
  return { isDate: false, width: /^0+$/.test(pattern) ? pattern.length : 0 };
}

/** The formats without a code; those above 26 are dates in East Asian versions. */
function isBuiltInDate(id: number): boolean {
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}
