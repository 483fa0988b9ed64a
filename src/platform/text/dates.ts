// Kept: making a formatter costs fifty times what using it does, and a list has fifty dates.
export const dateFormat = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
});

export const timeFormat = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

/** "22 November 2026"; dates are UTC, like everything in the database. */
export function formatDate(value: Date): string {
  return dateFormat.format(value);
}

/** "22 November 2026, 14:05 UTC" */
export function formatDateTime(value: Date): string {
  return `${formatDate(value)}, ${timeFormat.format(value)} UTC`;
}
