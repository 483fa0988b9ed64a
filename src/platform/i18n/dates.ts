import { intlLocale, officeTimeZone } from './languages.ts';

// Constructing a formatter costs fifty times as much as formatting a date.
const formatters = new Map<string, Intl.DateTimeFormat>();

const date = { day: 'numeric', month: 'long', year: 'numeric' } as const;
const time = { hour: '2-digit', minute: '2-digit' } as const;

/** Formats a date in the office's time zone: `22 November 2026`. */
export function formatDate(value: Date): string {
  return format(value, date);
}

/** Formats a date for deadlines: `Monday 7 December`, with the year unless it is the current one. */
export function formatDay(value: Date): string {
  const isThisYear = format(value, { year: 'numeric' }) === format(new Date(), { year: 'numeric' });
  return format(value, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(isThisYear ? {} : { year: 'numeric' }),
  });
}

/** Formats a time of day in the office's time zone: `14:05`. */
export function formatTime(value: Date): string {
  return format(value, time);
}

/** Formats a date and time: `22 November 2026 at 14:05`. */
export function formatDateTime(value: Date): string {
  return format(value, { ...date, ...time });
}

function format(value: Date, options: Intl.DateTimeFormatOptions): string {
  const locale = intlLocale();
  const timeZone = officeTimeZone();
  const key = `${locale} ${timeZone} ${Object.keys(options).join()}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    formatters.set(key, formatter);
  }
  return formatter.format(value);
}
