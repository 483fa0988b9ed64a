import { intlLocale, officeTimeZone } from './languages.ts';

/** A day of the calendar, `2026-11-22`: the same in every time zone. */
export type Day = string;

// Constructing a formatter costs fifty times as much as formatting a date.
const formatters = new Map<string, Intl.DateTimeFormat>();

const date = { day: 'numeric', month: 'long', year: 'numeric' } as const;
const time = { hour: '2-digit', minute: '2-digit' } as const;

/** Formats a day, or a time in the office's time zone: `22 November 2026`. */
export function formatDate(value: Date | Day): string {
  return format(value, date);
}

/** Formats a day or time for deadlines: `Monday 7 December`, with the year unless it is the current one. */
export function formatDay(value: Date | Day): string {
  const isThisYear = format(value, { year: 'numeric' }) === format(new Date(), { year: 'numeric' });
  const { year, ...dayAndMonth } = date;
  return format(value, { weekday: 'long', ...dayAndMonth, ...(isThisYear ? {} : { year }) });
}

/** Formats the month of a day: `November 2026`. */
export function formatMonth(value: Day): string {
  return format(value, { month: 'long', year: 'numeric' });
}

/** Formats a time of day in the office's time zone: `14:05`. */
export function formatTime(value: Date): string {
  return format(value, time);
}

/** Formats a date and time in the office's time zone: `22 November 2026 at 14:05`. */
export function formatDateTime(value: Date): string {
  return format(value, { ...date, ...time });
}

/** The day of a time in the office's time zone. */
export function dayOf(value: Date): Day {
  const parts = getFormatter('en', officeTimeZone(), { year: 'numeric', month: '2-digit', day: '2-digit' })
    .formatToParts(value)
    .map(({ type, value: text }) => [type, text]);
  const { year, month, day } = Object.fromEntries(parts);
  return `${year}-${month}-${day}`;
}

function format(value: Date | Day, options: Intl.DateTimeFormatOptions): string {
  return typeof value === 'string'
    ? getFormatter(intlLocale(), 'UTC', options).format(new Date(value))
    : getFormatter(intlLocale(), officeTimeZone(), options).format(value);
}

function getFormatter(
  locale: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone} ${Object.entries(options).flat().join(' ')}`;
  const existing = formatters.get(key);
  if (existing) return existing;
  const formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone });
  formatters.set(key, formatter);
  return formatter;
}
