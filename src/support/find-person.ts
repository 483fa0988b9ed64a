import { type ListedEvent, listRequestEvents } from '../platform/audit/list.ts';
import { queryRow, queryRows } from '../platform/db/database.ts';
import { type SearchableTable, searchCondition, suggestSpelling } from '../platform/db/search.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { parseReference } from '../platform/text/support-reference.ts';
import { isId } from '../platform/text/text.ts';

/** Somebody who is known by an address; a record of the register may have none, then it is found by its id. */
export type SearchResult = Readonly<{
  email: string | null;
  recordId: string | null;
  name: string;
  hasAccount: boolean;
  records: number;
  invitations: number;
}>;

/**
 * What a search leads to: one address, several hits (`more`: and others), or what happened under a reference. Without any
 * hit there may be a spelling that finds somebody.
 */
export type PersonSearch = Readonly<
  | { kind: 'person'; email: string; reference: string | null }
  | { kind: 'hits'; hits: readonly SearchResult[]; more: boolean; suggestion: string | null }
  | { kind: 'events'; reference: string; events: readonly ListedEvent[] }
>;

const MAX_RESULTS = 25;

/** Finds people by a whole address, a reference, or words of a name or address. */
export async function findPerson(search: string): Promise<PersonSearch> {
  const email = normaliseAddress(search);
  if (email !== null) return { kind: 'person', email, reference: null };
  const reference = parseReference(search);
  const byReferenceResult = reference === null ? null : await findByReference(reference);
  if (byReferenceResult) return byReferenceResult;
  const { hits, more } = await searchByWords(search);
  const [only, ...others] = hits;
  if (only?.email && others.length === 0) return { kind: 'person', email: only.email, reference: null };
  return { kind: 'hits', hits, more, suggestion: hits.length === 0 ? await findSuggestion(search) : null };
}

/** An invitation's or a mail's reference, or the one of a request: of an error page. */
async function findByReference(reference: string): Promise<PersonSearch | null> {
  const subject = await queryRow<{ email: string }>(
    `select email::text from invitations where reference = $1
     union all (select recipient::text from messages where reference = $1 order by queued_at desc limit 1) limit 1`,
    [reference],
  );
  if (subject) return { kind: 'person', email: subject.email, reference };
  const events = await listRequestEvents(reference);
  const email = await findAddress(events);
  if (email !== null) return { kind: 'person', email, reference };
  return events.length > 0 ? { kind: 'events', reference, events } : null;
}

/** Whom events are about, else who acted. */
async function findAddress(events: readonly ListedEvent[]): Promise<string | null> {
  const idsOf = (kind: string) =>
    events
      .filter(({ subjectType, subjectId }) => subjectType === kind && isId(subjectId))
      .map(({ subjectId }) => subjectId);
  const actors = events.flatMap(({ actorAccountId }) => (actorAccountId === null ? [] : [actorAccountId]));
  const found = await queryRow<{ email: string }>(
    `select email::text, 1 as place from invitations where id = any($1::bigint[])
     union all select email::text, 2 from invitation_requests where id = any($2::bigint[])
     union all select email::text, 3 from accounts where id = any($3::bigint[])
     union all select email::text, 4 from accounts where id = any($4::bigint[])
     order by place limit 1`,
    [idsOf('invitation'), idsOf('invitation-request'), idsOf('account'), actors],
  );
  return found?.email ?? null;
}

async function searchByWords(search: string): Promise<{ hits: SearchResult[]; more: boolean }> {
  const [accounts, records, invitations] = await Promise.all([
    searchTable('accounts', 'a', 'a.name', search),
    searchTable('alumni_members', 'm', `trim(m.first_name || ' ' || m.last_name)`, search),
    searchTable('invitations', 'i', 'i.name', search),
  ]);
  const people = new Map<string, SearchResult>();
  const mergeMatches = (known: readonly TableMatch[], told: (hit: SearchResult) => Partial<SearchResult>) => {
    for (const { id, email, name } of known) {
      const person = email?.toLowerCase() ?? `record ${id}`;
      const hit = people.get(person) ?? { ...emptyResult, email, recordId: email === null ? id : null };
      people.set(person, { ...hit, name: hit.name || name, ...told(hit) });
    }
  };
  mergeMatches(accounts, () => ({ hasAccount: true }));
  mergeMatches(records, (hit) => ({ records: hit.records + 1 }));
  mergeMatches(invitations, (hit) => ({ invitations: hit.invitations + 1 }));
  const hits = [...people.values()].sort(
    (one, other) =>
      Number(other.hasAccount) - Number(one.hasAccount) ||
      one.name.localeCompare(other.name, 'en') ||
      (one.email ?? '').localeCompare(other.email ?? '', 'en'),
  );
  const isTruncated = [accounts, records, invitations].some(({ length }) => length > MAX_RESULTS);
  return { hits: hits.slice(0, MAX_RESULTS), more: isTruncated || hits.length > MAX_RESULTS };
}

type TableMatch = Readonly<{ id: string; email: string | null; name: string }>;
const emptyResult = { name: '', hasAccount: false, records: 0, invitations: 0 } as const;

/** Whom a table knows by some words, one more than is shown. */
async function searchTable(
  table: SearchableTable,
  alias: string,
  name: string,
  search: string,
): Promise<TableMatch[]> {
  const bind: unknown[] = [];
  const matches = searchCondition(`${alias}.search_text`, search, (value) => `$${bind.push(value)}`);
  const notMerged = table === 'alumni_members' ? ` and m.state <> 'merged'` : '';
  return queryRows(
    `select ${alias}.id::text, ${alias}.email::text, ${name} as name from ${table} ${alias}
     where ${matches}${notMerged} limit ${MAX_RESULTS + 1}`,
    bind,
  );
}

/** A spelling that somebody is known by, where nobody is by this one. */
async function findSuggestion(search: string): Promise<string | null> {
  for (const table of ['alumni_members', 'invitations', 'accounts'] as const) {
    const suggestion = await suggestSpelling(table, search);
    if (suggestion !== null) return suggestion;
  }
  return null;
}
