import { type Day, dayOf } from '../platform/i18n/dates.ts';

/** Days in the office's time zone, both included; null leaves that end open. */
export type Period = Readonly<{ from: Day | null; to: Day | null }>;

/** The period of `days` days that ends on `today`. */
export function lastDays(days: number, today: Date): Period {
  const to = dayOf(today);
  return { from: addDays(to, 1 - days), to };
}

/** The day `count` days later, or earlier if it is negative. */
export function addDays(day: Day, count: number): Day {
  const date = new Date(day);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** The first day of the month of a day: "2026-11-01". */
export function monthOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}
