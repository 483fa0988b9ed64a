import { type ListedEvent, listRequestEvents } from '../platform/audit/list.ts';
import { queryRow, queryRows } from '../platform/db/database.ts';
import { type SearchableTable, searchCondition, suggestSpelling } from '../platform/db/search.ts';
import { normaliseAddress } from '../platform/text/address.ts';
import { parseReference } from '../platform/text/support-reference.ts';
import { isId } from '../platform/text/text.ts';

/** A person, identified by their address or, if a directory record has no address, by `recordId`. */
export type SearchResult = Readonly<{
  email: string | null;
  recordId: string | null;
  name: string;
  hasAccount: boolean;
  recordCount: number;
  invitationCount: number;
}>;

/**
 * The result of a search: one address, a list of people, or the events with a reference. `suggestion` is another spelling
 * that would find someone, and is only set when nobody was found.
 */
export type PersonSearch = Readonly<
  | { kind: 'person'; email: string; reference: string | null }
  | { kind: 'results'; results: readonly SearchResult[]; hasMore: boolean; suggestion: string | null }
  | { kind: 'events'; reference: string; events: readonly ListedEvent[] }
>;

const MAX_RESULTS = 25;

/** Finds people by a complete address, a reference, or parts of a name or address. */
export async function findPerson(search: string): Promise<PersonSearch> {
  const email = normaliseAddress(search);
  if (email !== null) return { kind: 'person', email, reference: null };
  const reference = parseReference(search);
  const foundByReference = reference === null ? null : await findByReference(reference);
  if (foundByReference) return foundByReference;
  const { results, hasMore } = await searchByWords(search);
  const [only, ...others] = results;
  if (only?.email && others.length === 0) return { kind: 'person', email: only.email, reference: null };
  const suggestion = results.length === 0 ? await findSuggestion(search) : null;
  return { kind: 'results', results, hasMore, suggestion };
}

/** Looks up the reference of an invitation, of a mail, or of a request, as shown on error pages. */
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

/** The address of the person whom the events concern, otherwise of the person who acted. */
async function findAddress(events: readonly ListedEvent[]): Promise<string | null> {
  const idsOf = (kind: string) =>
    events
      .filter(({ subjectType, subjectId }) => subjectType === kind && isId(subjectId))
      .map(({ subjectId }) => subjectId);
  const actors = events.flatMap(({ actorAccountId }) => (actorAccountId === null ? [] : [actorAccountId]));
  const found = await queryRow<{ email: string }>(
    `select email::text, 1 as priority from invitations where id = any($1::bigint[])
     union all select email::text, 2 from invitation_requests where id = any($2::bigint[])
     union all select email::text, 3 from accounts where id = any($3::bigint[])
     union all select email::text, 4 from accounts where id = any($4::bigint[])
     order by priority limit 1`,
    [idsOf('invitation'), idsOf('invitation-request'), idsOf('account'), actors],
  );
  return found?.email ?? null;
}

async function searchByWords(search: string): Promise<{ results: SearchResult[]; hasMore: boolean }> {
  const [accounts, records, invitations] = await Promise.all([
    searchTable('accounts', 'a', 'a.name', search),
    searchTable('alumni_members', 'm', `trim(m.first_name || ' ' || m.last_name)`, search),
    searchTable('invitations', 'i', 'i.name', search),
  ]);
  const resultsByPerson = new Map<string, SearchResult>();
  const mergeMatches = (
    matches: readonly TableMatch[],
    update: (result: SearchResult) => Partial<SearchResult>,
  ) => {
    for (const { id, email, name } of matches) {
      const key = email?.toLowerCase() ?? `record ${id}`;
      const result = resultsByPerson.get(key) ?? {
        ...emptyResult,
        email,
        recordId: email === null ? id : null,
      };
      resultsByPerson.set(key, { ...result, name: result.name || name, ...update(result) });
    }
  };
  mergeMatches(accounts, () => ({ hasAccount: true }));
  mergeMatches(records, ({ recordCount }) => ({ recordCount: recordCount + 1 }));
  mergeMatches(invitations, ({ invitationCount }) => ({ invitationCount: invitationCount + 1 }));
  const results = [...resultsByPerson.values()].sort(
    (a, b) =>
      Number(b.hasAccount) - Number(a.hasAccount) ||
      a.name.localeCompare(b.name, 'en') ||
      (a.email ?? '').localeCompare(b.email ?? '', 'en'),
  );
  const isTruncated = [accounts, records, invitations].some(({ length }) => length > MAX_RESULTS);
  return { results: results.slice(0, MAX_RESULTS), hasMore: isTruncated || results.length > MAX_RESULTS };
}

type TableMatch = Readonly<{ id: string; email: string | null; name: string }>;
const emptyResult = { name: '', hasAccount: false, recordCount: 0, invitationCount: 0 } as const;

/** The matching rows of a table: one more than the maximum, so that the caller can tell whether there are others. */
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

async function findSuggestion(search: string): Promise<string | null> {
  for (const table of ['alumni_members', 'invitations', 'accounts'] as const) {
    const suggestion = await suggestSpelling(table, search);
    if (suggestion !== null) return suggestion;
  }
  return null;
}
