import type { Transaction } from 'sequelize';
import { row, rows } from '../database.ts';
import { type Period, spansOf } from './period.ts';

/** Which invitations: made in the period, to people of a batch or center; null is any. */
export type Scope = Readonly<{ period: Period; batch: number | null; center: string | null }>;

/** Each of the first four holds those that came further, too. */
export type Figures = Readonly<{
  sent: number;
  delivered: number;
  opened: number;
  accepted: number;
  bounced: number;
  /** Neither closed nor noted as expired: see `expiredUnnoted`. */
  open: number;
}>;

/** How many of a batch or center were invited and registered. `name` is '' where the register doesn't know it. */
export type Part = Readonly<{ name: string; sent: number; accepted: number }>;

/** How many registered in a day or month, whenever they were invited. `start` is its first day. */
export type Registrations = Readonly<{ start: string; registered: number }>;

type Divider = 'batch' | 'center';

export async function figuresOf(scope: Scope, transaction: Transaction): Promise<Figures> {
  const { from, bind } = counted(scope, null);
  const sums = ['sent', 'delivered', 'opened', 'accepted', 'bounced', 'open']
    .map((name) => `coalesce(sum(${name}), 0)::int as ${name}`)
    .join(', ');
  const found = await row<Figures>(`select ${sums} from ${from}`, bind, transaction);
  return found ?? { sent: 0, delivered: 0, opened: 0, accepted: 0, bounced: 0, open: 0 };
}

/** The parts that anybody was invited of, the largest first, at most `most`. */
export function partsBy(
  divider: Divider,
  scope: Scope,
  most: number,
  transaction: Transaction,
): Promise<Part[]> {
  const { from, bind } = counted(scope, divider);
  return rows<Part>(
    `select ${divider === 'batch' ? `coalesce(nullif(batch, 0)::text, '')` : 'center'} as name,
       sum(sent)::int as sent, sum(accepted)::int as accepted
     from ${from} group by 1 having sum(sent) > 0 order by 2 desc, 1 limit ${most}`,
    bind,
    transaction,
  );
}

/** By the day or month in which people registered, the earliest first; those with nobody are left out. */
export function registrationsBy(
  span: 'day' | 'month',
  scope: Scope,
  transaction: Transaction,
): Promise<Registrations[]> {
  const { from, bind } = counted(scope, null, span);
  return rows<Registrations>(
    `select to_char(date_trunc('${span}', start::timestamp), 'YYYY-MM-DD') as start, sum(registered)::int as registered
     from ${from} group by 1 having sum(registered) > 0 order by 1`,
    bind,
    transaction,
  );
}

/** The first day that anything is counted for. */
export async function firstDay(transaction: Transaction): Promise<string | null> {
  const first = await row<{ day: string | null }>(
    `select to_char(least(
       (select min(start) from invitation_tallies
        where circle = 'all' and batch = 0 and span = 'day' and sent + registered > 0),
       (select min(day) from invitation_tally_changes)), 'YYYY-MM-DD') as day`,
    [],
    transaction,
  );
  return first?.day ?? null;
}

/**
 * The tallies of a scope and what changed since they were last folded, as a table to sum. It has the divider's column;
 * with `span` everything is made of days or of months, and has its `start`.
 */
function counted(
  { period, batch, center }: Scope,
  divider: Divider | null,
  span: 'day' | 'month' | null = null,
): { from: string; bind: unknown[] } {
  const bind: unknown[] = [];
  const place = (value: unknown) => `$${bind.push(value)}`;
  const byBatch = divider === 'batch' || batch !== null;
  const byCenter = divider === 'center' || center !== null;
  const circle = byBatch ? (byCenter ? 'both' : 'batch') : byCenter ? 'center' : 'all';
  const who = [
    ...(divider === 'batch' && batch === null ? [] : [`batch = ${place(batch ?? 0)}::int`]),
    ...(divider === 'center' && center === null ? [] : [`center = ${place(center ?? '')}`]),
  ];
  const folded = spansOf(period).flatMap((part) => {
    if (part.span === 'ever' && span !== null) return [`span = '${span}'`];
    const between = `start >= ${place(part.from)}::date and start < ${place(part.until)}::date`;
    return [`span = '${span === 'day' ? 'day' : part.span}' and ${between}`];
  });
  const columns = 'batch, center, sent, delivered, opened, accepted, bounced, open, registered';
  const walks = folded.map(
    (when) =>
      `select start, ${columns} from invitation_tallies where circle = '${circle}' and ${[...who, when].join(' and ')}`,
  );
  const since = [
    'day is not null',
    ...(batch === null ? [] : [`batch = ${place(batch)}::int`]),
    ...(center === null ? [] : [`center = ${place(center)}`]),
    ...(period.from === null ? [] : [`day >= ${place(period.from)}::date`]),
    ...(period.to === null ? [] : [`day <= ${place(period.to)}::date`]),
  ];
  const changes = `select day as start, ${columns} from invitation_tally_changes where ${since.join(' and ')}`;
  return { from: `(${[...walks, changes].join(' union all ')}) counted`, bind };
}
