import type { Subject } from '../audit/audit.ts';
import { rows } from '../database.ts';
import { newReference } from '../web/reference.ts';

/** A row to be written as it stands, by the names of its columns; all rows of one statement have the same ones. */
export type Row = Readonly<Record<string, unknown>>;

/** An event of the audit that happened some time ago. `accountId` null: a visitor or a program. */
export type PastEvent = Readonly<{
  at: Date;
  actor: 'account' | 'visitor' | 'system' | 'command';
  accountId?: string;
  action: `${string}.${string}`;
  subject: Subject;
  subjectId: string;
  detail?: Readonly<Record<string, unknown>>;
  ip?: string;
  requestId?: string;
}>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** When the invented office took Homecoming up: in the morning, 61 days ago. Everything else came later. */
export function foundedAt(now = new Date()): Date {
  return new Date(morningOf(now, 61));
}

/** Eight o'clock (UTC) on the day that was so many days ago, in milliseconds. */
export function morningOf(now: Date, daysAgo: number): number {
  return Math.floor(now.getTime() / DAY - daysAgo) * DAY + 8 * HOUR;
}

/**
 * Writes dated rows with the columns that they name. The product's own verbs date everything today, so a past can't be
 * told by them; the names of tables and columns are this folder's own.
 */
export async function insertRows(table: string, list: readonly Row[]): Promise<void> {
  const [first] = list;
  if (!first) return;
  const columns = Object.keys(first).join(', ');
  await rows(
    `insert into ${table} (${columns}) overriding system value
     select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [JSON.stringify(list)],
  );
}

/** Writes events in the order in which they happened: an audit's ids are in the order of its times. */
export async function insertEvents(events: readonly PastEvent[]): Promise<void> {
  const inOrder = [...events].sort((one, other) => one.at.getTime() - other.at.getTime());
  const list = inOrder.map((event) => ({
    at: event.at,
    actor: event.actor,
    actor_account_id: event.accountId ?? null,
    action: event.action,
    subject_type: event.subject,
    subject_id: event.subjectId,
    detail: event.detail ?? {},
    ip: event.ip ?? null,
    request_id: event.requestId ?? null,
  }));
  await insertRows('audit_events', list);
}

/** Takes the next ids of a table, so that rows that name each other can be made before any is written. */
export async function takeIds(table: string, count: number): Promise<string[]> {
  const taken = await rows<{ id: string }>(
    `select nextval(pg_get_serial_sequence($1, 'id')) as id from generate_series(1, $2::integer)`,
    [table, count],
  );
  return taken.map(({ id }) => id);
}

/** Bytes as PostgreSQL reads them from text. */
export function bytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}

/** Where an invented request came from: an address of the blocks that are kept for examples. */
export type Visitor = Readonly<{ ip: string; requestId: string }>;

export function visitorAt(place: number): Visitor {
  return { ip: `198.51.100.${1 + (place % 250)}`, requestId: newReference() };
}

/** Somebody at a desk of the office. */
export function atTheOffice(): Visitor {
  return { ip: '192.0.2.10', requestId: newReference() };
}
