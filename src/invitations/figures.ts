import { queryRow, queryRows } from '../platform/db/database.ts';
import { Conditions } from '../platform/db/paging.ts';
import { officeTimeZone } from '../platform/i18n/languages.ts';
import type { Period } from './period.ts';
import { sentSql, statusSql } from './status.ts';

/** Which invitations to count: created in the period, for people of a batch or center; null means any. */
export type FiguresScope = Readonly<{ period: Period; batch: number | null; center: string | null }>;

/** Counts of invitations. Each of the first four includes those that got further. */
export type InvitationFigures = Readonly<{
  invited: number;
  /** Accepted by a mail server, or shared as a link. */
  sent: number;
  opened: number;
  accepted: number;
  bounced: number;
  pending: number;
}>;

/** The figures of one batch or center. `name` is '' if it is not on file. */
export type GroupedFigures = InvitationFigures & Readonly<{ name: string }>;

/** The number of registrations in a day or month, whenever the invitations were sent. `start` is its first day. */
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

/** The figures of a scope, in total and by batch and center, largest first. */
export async function getInvitationFigures(
  scope: FiguresScope,
): Promise<{ all: InvitationFigures; byBatch: GroupedFigures[]; byCenter: GroupedFigures[] }> {
  const { sql, bind } = scopeConditions(scope, 'i.created_at');
  const countColumns = Object.entries(CONDITIONS_SQL).map(
    ([name, condition]) => `count(*) filter (where ${condition}) as ${name}`,
  );
  const sumColumns = Object.keys(CONDITIONS_SQL).map((name) => `sum(${name})::int as ${name}`);
  const rows = await queryRows<GroupedFigures & { part: 'all' | 'batch' | 'center' }>(
    `select case when grouping(batch) = 0 then 'batch' when grouping(center) = 0 then 'center' else 'all' end as part,
       case when grouping(batch) = 0 then coalesce(batch::text, '') else coalesce(center, '') end as name,
       ${sumColumns.join(', ')}
     from (select i.batch, i.center, ${countColumns.join(', ')} from invitations i where ${sql} group by 1, 2) counted
     group by grouping sets ((), (batch), (center)) order by invited desc, name`,
    bind,
  );
  const pickFigures = ({ part: _, name: _name, ...figures }: (typeof rows)[number]): InvitationFigures =>
    figures;
  const pickParts = (part: 'batch' | 'center') =>
    rows.filter((row) => row.part === part).map((row) => ({ name: row.name, ...pickFigures(row) }));
  const all = rows.find(({ part, invited }) => part === 'all' && invited !== null);
  return {
    all: all ? pickFigures(all) : ZERO_FIGURES,
    byBatch: pickParts('batch'),
    byCenter: pickParts('center'),
  };
}

/** Registrations by day or month, earliest first. Empty days and months are omitted. */
export function listRegistrationCounts(
  interval: 'day' | 'month',
  scope: FiguresScope,
): Promise<RegistrationCount[]> {
  const conditions = scopeConditions(scope, 'i.accepted_at');
  const zone = conditions.bindValue(officeTimeZone());
  const { sql, bind } = conditions;
  return queryRows<RegistrationCount>(
    `select to_char(date_trunc('${interval}', day), 'YYYY-MM-DD') as start, sum(registered)::int as registered
     from (select (i.accepted_at at time zone ${zone})::date as day, count(*) as registered
       from invitations i where ${sql} and i.accepted_at is not null group by 1) days
     group by 1 order by 1`,
    bind,
  );
}

/** The number of pending invitations that expire within 24 hours, whenever they were created. */
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

/** The day of the first invitation; null if there is none. */
export async function findFirstInvitationDay(): Promise<string | null> {
  const first = await queryRow<{ day: string | null }>(
    `select to_char(min(created_at) at time zone $1, 'YYYY-MM-DD') as day from invitations`,
    [officeTimeZone()],
  );
  return first?.day ?? null;
}

function scopeConditions({ period, batch, center }: FiguresScope, timeColumn: string): Conditions {
  const conditions = new Conditions();
  if (period.from !== null)
    conditions.and(`${timeColumn} >= ?::date::timestamp at time zone ?`, period.from, officeTimeZone());
  if (period.to !== null)
    conditions.and(`${timeColumn} < (?::date + 1)::timestamp at time zone ?`, period.to, officeTimeZone());
  if (batch !== null) conditions.and('i.batch = ?::int', batch);
  if (center !== null) conditions.and('i.center = ?', center);
  return conditions;
}
