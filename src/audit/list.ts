import type { Cursor } from '../cursor.ts';
import { row, rows } from '../database.ts';
import { countUpTo, type KeysetPage, keysetPage } from '../keyset.ts';
import type { Actor, RecordedEvent } from './audit.ts';

/** Whose acts: of one account, or of one kind of actor that is none. */
export type ActorFilter = Readonly<{ accountId: string } | { kind: Exclude<Actor['kind'], 'account'> }>;

/** Which events; null and '' filter nothing. `from` is included, `until` is not. */
export type EventFilter = Readonly<{
  actor: ActorFilter | null;
  subject: string;
  subjectId: string;
  action: string;
  from: Date | null;
  until: Date | null;
}>;

export type EventQuery = EventFilter & Readonly<{ cursor: Cursor | null }>;

export type ListedEvent = RecordedEvent &
  Readonly<{
    actorId: string | null;
    subject: string;
    subjectId: string;
    /** Whose account or record, which address's invitation, a group's or file's name; null for others and for what is gone. */
    subjectName: string | null;
    ip: string | null;
    requestId: string | null;
  }>;

const ID = `case when e.subject_id ~ '^[0-9]{1,18}$' then e.subject_id::bigint end`;
const COLUMNS = `e.id, e.at, e.actor, e.actor_account_id as "actorId", a.name as "actorName", e.action,
  e.subject_type as subject, e.subject_id as "subjectId",
  case e.subject_type when 'account' then (select name from accounts where id = ${ID})
    when 'invitation' then (select email::text from invitations where id = ${ID})
    when 'group' then (select name from groups where id = ${ID})
    when 'alumni-member' then (select trim(first_name || ' ' || last_name) from alumni_members where id = ${ID})
    when 'batch' then (select file_name from batches where id = ${ID}) end as "subjectName", e.detail, host(e.ip) as ip, e.request_id as "requestId"`;
const FROM = 'audit_events e left join accounts a on a.id = e.actor_account_id';
const CHUNK = 1000;
// Ids and times are given at almost the same moment, in almost the same order.
const SLACK_MS = 60_000;

/** One page of events, newest first. Found by the indexes alone: what they say is read for this page's rows only. */
export async function listEvents({ cursor, ...filter }: EventQuery): Promise<KeysetPage<ListedEvent>> {
  const page = await keysetPage<{ id: string }>({
    ...(await conditions(filter)),
    select: 'e.id',
    from: 'audit_events e',
    order: [{ sql: 'e.id', type: 'bigint' }],
    descending: true,
    cursor,
  });
  const ids = page.items.map(({ id }) => id);
  const items = await rows<ListedEvent>(
    `select ${COLUMNS} from ${FROM} where e.id = any($1::bigint[]) order by e.id desc`,
    [ids],
  );
  return { ...page, items };
}

/** What happened in one request, by its reference, oldest first. */
export function eventsOfRequest(requestId: string): Promise<ListedEvent[]> {
  return rows<ListedEvent>(`select ${COLUMNS} from ${FROM} where e.request_id = $1 order by e.id limit 50`, [
    requestId,
  ]);
}

/** How many match, counted up to 10,001. */
export async function countEvents(filter: EventFilter): Promise<number> {
  return countUpTo({ ...(await conditions(filter)), from: 'audit_events e' });
}

/** All that match, newest first, a thousand at a time. */
export async function* eventsInChunks(filter: EventFilter): AsyncGenerator<ListedEvent[]> {
  const { where, bind } = await conditions(filter);
  let before: string | null = null;
  do {
    const found: ListedEvent[] = await rows<ListedEvent>(
      `select ${COLUMNS} from ${FROM}
       where ${[...where, `e.id < coalesce($${bind.length + 1}::bigint, 9223372036854775807)`].join(' and ')}
       order by e.id desc limit ${CHUNK}`,
      [...bind, before],
    );
    yield found;
    before = found.length === CHUNK ? (found.at(-1)?.id ?? null) : null;
  } while (before !== null);
}

/** Every action, and every kind of subject, that there is an event of. Skips from one to the next along an index. */
export async function valuesSeen(): Promise<{ actions: string[]; subjects: string[] }> {
  const [actions, subjects] = await Promise.all([distinct('action'), distinct('subject_type')]);
  return { actions, subjects };
}

async function distinct(column: 'action' | 'subject_type'): Promise<string[]> {
  const found = await rows<{ value: string }>(
    `with recursive seen as (
       (select ${column} as value from audit_events order by ${column} limit 1)
       union all
       select (select e.${column} from audit_events e where e.${column} > seen.value order by e.${column} limit 1)
       from seen where seen.value is not null)
     select value from seen where value is not null`,
  );
  return found.map(({ value }) => value);
}

async function conditions(filter: EventFilter): Promise<{ where: string[]; bind: unknown[] }> {
  const where: string[] = [];
  const bind: unknown[] = [];
  const also = (column: string, value: unknown) => {
    bind.push(value);
    where.push(`${column} $${bind.length}`);
  };
  if (filter.actor && 'accountId' in filter.actor) also('e.actor_account_id =', filter.actor.accountId);
  else if (filter.actor) {
    where.push(`e.actor <> 'account'`);
    also('e.actor =', filter.actor.kind);
  }
  if (filter.subject) also('e.subject_type =', filter.subject);
  if (filter.subject && filter.subjectId) also('e.subject_id =', filter.subjectId);
  if (filter.action) also('e.action =', filter.action);
  if (filter.from) {
    also('e.at >=', filter.from);
    also('e.id >=', (await firstSince(new Date(filter.from.getTime() - SLACK_MS))) ?? '9223372036854775807');
  }
  if (filter.until) {
    also('e.at <', filter.until);
    const after = await firstSince(new Date(filter.until.getTime() + SLACK_MS));
    if (after) also('e.id <', after);
  }
  return { where, bind };
}

// The list is in order of ids: a time becomes a place in it, so that old days cost what today does.
async function firstSince(at: Date): Promise<string | null> {
  const found = await row<{ id: string }>('select id from audit_events where at >= $1 order by at limit 1', [
    at,
  ]);
  return found?.id ?? null;
}
