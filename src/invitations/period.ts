/** Days in UTC such as "2026-11-25", both included; null leaves that end open. */
export type Period = Readonly<{ from: string | null; to: string | null }>;

/** The period of `days` days that ends on `today`. */
export function lastDays(days: number, today: Date): Period {
  const from = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - days + 1));
  return { from: dayOf(from), to: dayOf(today) };
}

/** The day in UTC: "2026-11-25". */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** The first day of the month of a day: "2026-11-01". */
export function monthOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}
