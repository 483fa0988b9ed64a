/** Days, "2026-11-25" (UTC), both included; null is open. */
export type Period = Readonly<{ from: string | null; to: string | null }>;

/** The period of so many days that ends on `today`. */
export function lastDays(days: number, today: Date): Period {
  const from = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() - days + 1));
  return { from: dayOf(from), to: dayOf(today) };
}

/** "2026-11-25" */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function monthOf(day: string): string {
  return `${day.slice(0, 8)}01`;
}
