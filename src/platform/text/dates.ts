// Created once: constructing a formatter costs fifty times as much as formatting a date.
const dateFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

const timeFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

/** Formats a date in UTC: `22 November 2026`. */
export function formatDate(value: Date): string {
  return dateFormat.format(value);
}

/** Formats a date and time: `22 November 2026, 14:05 UTC`. */
export function formatDateTime(value: Date): string {
  return `${formatDate(value)}, ${timeFormat.format(value)} UTC`;
}
