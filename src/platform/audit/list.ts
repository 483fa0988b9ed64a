import { columnsOf, queryRows } from '../db/database.ts';
import { Conditions, type Cursor, countUpTo, listDistinctValues, type Page, readPage } from '../db/paging.ts';
import type { Day } from '../i18n/dates.ts';
import { officeTimeZone } from '../i18n/languages.ts';
import { type Actor, AuditEvent, type RecordedEvent } from './audit.ts';

/** One account, or one kind of actor without an account. */
export type ActorFilter = Readonly<{ accountId: string } | { kind: Exclude<Actor['kind'], 'account'> }>;

/** null and '' don't filter. `from` and `until` are days in the office's time zone, both included. */
export type EventFilter = Readonly<{
  actor: ActorFilter | null;
  subject: string;
  subjectId: string;
  action: string;
  from: Day | null;
  until: Day | null;
}>;

export type EventQuery = EventFilter & Readonly<{ cursor: Cursor | null }>;

export type ListedEvent = RecordedEvent &
  Readonly<{
    /** The subject's name, address or file name; null if it has none or was deleted. */
    subjectName: string | null;
    /** The name of the account in `detail.accountId`; null if there is none or it was deleted. */
    personName: string | null;
    /** The name of the API key with which the account acted. */
    apiKeyName: string | null;
  }>;

const SUBJECT_ID = `case when e.subject_id ~ '^[0-9]{1,18}$' then e.subject_id::bigint end`;
const SUBJECT_UUID = `case when e.subject_id ~ '^[0-9a-f-]{36}$' then e.subject_id::uuid end`;
const PERSON_ID = `case when e.detail->>'accountId' ~ '^[0-9]{1,18}$' then (e.detail->>'accountId')::bigint end`;
const RECORD_NAME = `trim(m.first_name || ' ' || m.last_name)`;
const COLUMNS = `${columnsOf(AuditEvent, 'e')},
  (select name from accounts where id = e.actor_account_id) as actor_name,
  case e.subject_type when 'account' then (select name from accounts where id = ${SUBJECT_ID})
    when 'invitation' then (select email::text from invitations where id = ${SUBJECT_ID})
    when 'suppression' then (select email::text from suppressions where id = ${SUBJECT_ID})
    when 'group' then (select name from groups where id = ${SUBJECT_ID})
    when 'alumni-record' then (select ${RECORD_NAME} from alumni_members m where m.id = ${SUBJECT_ID})
    when 'profile' then (select ${RECORD_NAME} from profiles p join alumni_members m on m.id = p.alumni_member_id
      where p.id = ${SUBJECT_ID})
    when 'invitation-request' then (select email::text from invitation_requests where id = ${SUBJECT_ID})
    when 'message' then (select recipient::text from messages where id = ${SUBJECT_UUID})
    when 'webhook' then (select substring(url from '//([^/?#]+)') from webhooks where id = ${SUBJECT_UUID})
    when 'api-key' then (select name from api_keys where id = ${SUBJECT_ID})
    when 'import' then (select file_name from imports where id = ${SUBJECT_ID})
    when 'campaign' then (select name from campaigns where id = ${SUBJECT_ID}) end as subject_name,
  (select name from accounts where id = ${PERSON_ID}) as person_name,
  (select name from api_keys where id = e.api_key_id) as api_key_name`;
const FROM = 'audit_events e';
const CHUNK_SIZE = 1000;

/** Lists events, newest first. */
export function listEvents({ cursor, ...filter }: EventQuery): Promise<Page<ListedEvent>> {
  return readEventPage(filter, cursor);
}

/** Lists the first 50 events of a request, oldest first. `requestId` is the reference on its error page. */
export function listRequestEvents(requestId: string): Promise<ListedEvent[]> {
  return queryRows<ListedEvent>(
    `select ${COLUMNS} from ${FROM} where e.request_id = $1 order by e.id limit 50`,
    [requestId],
  );
}

/** Counts matching events, up to 10,001. */
export function countEvents(filter: EventFilter): Promise<number> {
  return countUpTo('audit_events e', toConditions(filter));
}

/** Reads all matching events, newest first, in chunks of 1,000. */
export async function* readEventsInChunks(filter: EventFilter): AsyncGenerator<ListedEvent[]> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<ListedEvent> = await readEventPage(
      filter,
      { direction: 'after', position: cursor },
      CHUNK_SIZE,
    );
    yield page.items;
    cursor = page.after;
  }
}

/** Lists all actions and subject types that occur, for filter menus. */
export async function listFilterValues(): Promise<{ actions: string[]; subjects: string[] }> {
  const [actions, subjects] = await Promise.all([
    listDistinctValues('audit_events', 'action'),
    listDistinctValues('audit_events', 'subject_type'),
  ]);
  return { actions, subjects };
}

function readEventPage(
  filter: EventFilter,
  cursor: Cursor | null,
  size?: number,
): Promise<Page<ListedEvent>> {
  return readPage<ListedEvent>({
    select: COLUMNS,
    from: FROM,
    conditions: toConditions(filter),
    order: [
      { sql: 'e.at', type: 'timestamptz' },
      { sql: 'e.id', type: 'bigint' },
    ],
    descending: true,
    cursor,
    ...(size === undefined ? {} : { size }),
  });
}

function toConditions({ actor, subject, subjectId, action, from, until }: EventFilter): Conditions {
  const conditions = new Conditions();
  if (actor && 'accountId' in actor) conditions.and('e.actor_account_id = ?', actor.accountId);
  else if (actor) conditions.and(`e.actor <> 'account' and e.actor = ?`, actor.kind);
  if (subject) conditions.and('e.subject_type = ?', subject);
  if (subject && subjectId) conditions.and('e.subject_id = ?', subjectId);
  if (action) conditions.and('e.action = ?', action);
  if (from) conditions.and('e.at >= ?::date::timestamp at time zone ?', from, officeTimeZone());
  if (until) conditions.and('e.at < (?::date + 1)::timestamp at time zone ?', until, officeTimeZone());
  return conditions;
}
