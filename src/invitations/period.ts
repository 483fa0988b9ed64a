/** Days, "2026-11-25" (UTC), both included; null is open. */
export type Period = Readonly<{ from: string | null; to: string | null }>;

/** A stretch of spans of one length as the tallies have them, by first days: `from` is included, `until` is not. */
export type Spans = Readonly<{ span: 'day' | 'month' | 'ever'; from: string; until: string }>;

const EVER = '0001-01-01';
const FIRST = '1000-01-01';
const LAST = '9999-12-31';

/** The fewest spans that make up a period: whole months, with the days before and after. */
export function spansOf({ from, to }: Period): Spans[] {
  if (from === null && to === null) return [{ span: 'ever', from: EVER, until: '0001-01-02' }];
  const first = from ?? FIRST;
  const until = dayAfter(to ?? LAST);
  const months = { from: monthOf(first) === first ? first : monthAfter(first), until: monthOf(until) };
  if (months.from >= months.until) return [{ span: 'day', from: first, until }];
  const parts: Spans[] = [
    { span: 'day', from: first, until: months.from },
    { span: 'month', ...months },
    { span: 'day', from: months.until, until },
  ];
  return parts.filter((part) => part.from < part.until);
}

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

function monthAfter(day: string): string {
  const next = new Date(`${monthOf(day)}T00:00:00Z`);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return dayOf(next);
}

// The year after 9999 has no four digits.
function dayAfter(day: string): string {
  if (day >= LAST) return LAST;
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return dayOf(next);
}
