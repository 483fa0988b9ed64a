import { queryRow, queryRows } from '../platform/db/database.ts';
import { Conditions } from '../platform/db/paging.ts';
import type { Period } from './period.ts';
import { sentSql, statusSql } from './status.ts';

/** Which invitations: made in the period, to people of a batch or center; null is any. */
export type FiguresScope = Readonly<{ period: Period; batch: number | null; center: string | null }>;

/** How many invitations came how far. Each of the first four counts those that came further, too. */
export type InvitationFigures = Readonly<{
  invited: number;
  /** Mailed and accepted by a mail server, or given as a link. */
  sent: number;
  opened: number;
  accepted: number;
  bounced: number;
  pending: number;
}>;

/** The figures of one batch or center. `name` is '' where the register doesn't know it. */
export type GroupedFigures = InvitationFigures & Readonly<{ name: string }>;

/** How many registered in a day or month, whenever they were invited. `start` is its first day. */
export type RegistrationCount = Readonly<{ start: string; registered: number }>;

const CONDITIONS_SQL: Readonly<Record<keyof InvitationFigures, string>> = {
  invited: 'true',
  sent: sentSql,
  opened: 'i.opened_at is not null or i.accepted_at is not null',
  accepted: 'i.accepted_at is not null',
  bounced: 'i.bounced_at is not null',
  pending: statusSql.pending,
};
const ZERO_FIGURES: InvitationFigures = {
  invited: 0,
  sent: 0,
  opened: 0,
  accepted: 0,
  bounced: 0,
  pending: 0,
};

/** All figures of a scope, and those of each batch and center that anybody was invited of, the largest first. */
export async function getInvitationFigures(
  scope: FiguresScope,
): Promise<{ all: InvitationFigures; byBatch: GroupedFigures[]; byCenter: GroupedFigures[] }> {
  const { sql, bind } = scopeConditions(scope, 'i.created_at');
  const counts = Object.entries(CONDITIONS_SQL).map(
    ([name, when]) => `count(*) filter (where ${when}) as ${name}`,
  );
  const sums = Object.keys(CONDITIONS_SQL).map((name) => `sum(${name})::int as ${name}`);
  const found = await queryRows<GroupedFigures & { part: 'all' | 'batch' | 'center' }>(
    `select case when grouping(batch) = 0 then 'batch' when grouping(center) = 0 then 'center' else 'all' end as part,
       case when grouping(batch) = 0 then coalesce(batch::text, '') else coalesce(center, '') end as name,
       ${sums.join(', ')}
     from (select i.batch, i.center, ${counts.join(', ')} from invitations i where ${sql} group by 1, 2) counted
     group by grouping sets ((), (batch), (center)) order by invited desc, name`,
    bind,
  );
  const pickFigures = ({ part: _, name: _name, ...figures }: (typeof found)[number]): InvitationFigures =>
    figures;
  const pickParts = (part: 'batch' | 'center') =>
    found.filter((one) => one.part === part).map((one) => ({ name: one.name, ...pickFigures(one) }));
  const all = found.find(({ part, invited }) => part === 'all' && invited !== null);
  return {
    all: all ? pickFigures(all) : ZERO_FIGURES,
    byBatch: pickParts('batch'),
    byCenter: pickParts('center'),
  };
}

/** By the day or month in which people registered, the earliest first; those with nobody are left out. */
export function listRegistrationCounts(
  interval: 'day' | 'month',
  scope: FiguresScope,
): Promise<RegistrationCount[]> {
  const { sql, bind } = scopeConditions(scope, 'i.accepted_at');
  return queryRows<RegistrationCount>(
    `select to_char(date_trunc('${interval}', day), 'YYYY-MM-DD') as start, sum(registered)::int as registered
     from (select (i.accepted_at at time zone 'UTC')::date as day, count(*) as registered
       from invitations i where ${sql} and i.accepted_at is not null group by 1) days
     group by 1 order by 1`,
    bind,
  );
}

/** How many pending ones expire within 24 hours, whenever they were made. */
export async function countExpiring({
  batch,
  center,
}: Pick<FiguresScope, 'batch' | 'center'>): Promise<number> {
  const conditions = scopeConditions({ batch, center, period: { from: null, to: null } }, 'i.created_at');
  conditions.and(`${statusSql.pending} and i.expires_at <= now() + interval '24 hours'`);
  const found = await queryRow<{ count: number }>(
    `select count(*)::int as count from invitations i where ${conditions.sql}`,
    conditions.bind,
  );
  return found?.count ?? 0;
}

/** The day of the first invitation; null when there is none. */
export async function findFirstInvitationDay(): Promise<string | null> {
  const first = await queryRow<{ day: string | null }>(
    `select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD') as day from invitations`,
    [],
  );
  return first?.day ?? null;
}

function scopeConditions({ period, batch, center }: FiguresScope, timeColumn: string): Conditions {
  const conditions = new Conditions();
  if (period.from !== null)
    conditions.and(`${timeColumn} >= ?::date::timestamp at time zone 'UTC'`, period.from);
  if (period.to !== null)
    conditions.and(`${timeColumn} < (?::date + 1)::timestamp at time zone 'UTC'`, period.to);
  if (batch !== null) conditions.and('i.batch = ?::int', batch);
  if (center !== null) conditions.and('i.center = ?', center);
  return conditions;
}
