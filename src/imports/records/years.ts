const DAY_MS = 86_400_000;
const EPOCH = Date.UTC(1899, 11, 30);
// From 1 January 1927 to 31 December 2036, so that no year is taken for a date.
const [FIRST_SERIAL, LAST_SERIAL] = [9_863, 50_040];

/** How a cell that isn't a year was read as one. */
export type YearReading = Readonly<{ year: string; remark: 'yearOfDate' | 'lastYear' }>;

/**
 * Reads the year of a full date, such as `05/12/1987`, `1987-12-05`, `5. Dezember 1987` or Excel's 32116. A year of two
 * digits counts only if `isPossible` leaves one century. Null if the cell is anything else.
 */
export function readYearOfDate(cell: string, isPossible: (year: number) => boolean): YearReading | null {
  const found = (year: string) => ({ year, remark: 'yearOfDate' as const });
  if (/^\d{5}(\.\d+)?$/.test(cell)) {
    const serial = Math.floor(Number(cell));
    if (serial < FIRST_SERIAL || serial > LAST_SERIAL) return null;
    return found(String(new Date(EPOCH + serial * DAY_MS).getUTCFullYear()));
  }
  const [, yearFirst] = /^(\d{4})[-/.]\d{1,2}([-/.]\d{1,2}([T ].*)?)?$/.exec(cell) ?? [];
  const [, yearLast] = /^(?:\d{1,2}[-/. ]+){1,2}(\d{4})( \d.*)?$/.exec(cell) ?? [];
  const [, withMonth] = /^(?=.*\p{L}{3})[\p{L}\d.,\- ]*?\b(\d{4})$/u.exec(cell) ?? [];
  const year = yearFirst ?? yearLast ?? withMonth;
  if (year !== undefined) return found(year);
  const [, short] = /^\d{1,2}[/.]\d{1,2}[/.](\d{2})$/.exec(cell) ?? [];
  const possible =
    short === undefined ? [] : [`19${short}`, `20${short}`].filter((y) => isPossible(Number(y)));
  return possible.length === 1 ? found(possible[0] ?? '') : null;
}

/** Reads a range such as `2003-04`, `2003/2007` or `Class of 2004` as its last year. Null if the cell is anything else. */
export function readLastYear(cell: string): YearReading | null {
  const { first, last } =
    /^(?:\p{L}+ )*(?<first>\d{4})(?: ?[-–/] ?(?<last>\d{4}|\d{2}))?$/u.exec(cell)?.groups ?? {};
  if (first === undefined || first === cell) return null;
  const year = last === undefined ? first : first.slice(0, 4 - last.length) + last;
  if (year >= first) return { year, remark: 'lastYear' };
  // From one century to the next: 1999-00.
  return last?.length === 2 && last === '00'
    ? { year: String(Number(year) + 100), remark: 'lastYear' }
    : null;
}
