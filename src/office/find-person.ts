import { PARTS } from '../alumni/filter.ts';
import { eventsOfRequest, type ListedEvent } from '../audit/list.ts';
import { row, rows } from '../database.ts';
import { holdsPart } from '../keyset.ts';
import { normaliseAddress } from '../mail/address.ts';
import { referenceIn } from '../web/reference.ts';

/** Somebody who is known by an address; a record of the register may have none, then it is found by its id. */
export type Hit = Readonly<{
  email: string | null;
  recordId: string | null;
  name: string;
  hasAccount: boolean;
  records: number;
  invitations: number;
}>;

/** What a search leads to: one address, several hits (`more`: and others), or what happened under a reference. */
export type Found = Readonly<
  | { kind: 'person'; email: string; reference: string | null }
  | { kind: 'hits'; hits: readonly Hit[]; more: boolean }
  | { kind: 'events'; reference: string; events: readonly ListedEvent[] }
>;

const MOST = 25;

/** Finds people by a whole address, a reference, or a part of a name or address. */
export async function findPerson(search: string): Promise<Found> {
  const email = normaliseAddress(search);
  if (email !== null) return { kind: 'person', email, reference: null };
  const reference = referenceIn(search);
  const referred = reference === null ? null : await byReference(reference);
  if (referred) return referred;
  const { hits, more } = await byPart(search);
  const [only, ...others] = hits;
  if (only?.email && others.length === 0) return { kind: 'person', email: only.email, reference: null };
  return { kind: 'hits', hits, more };
}

/** An invitation's or a mail's reference, or the one of a request: of an error page. */
async function byReference(reference: string): Promise<Found | null> {
  const named = await row<{ email: string }>(
    `select email::text from invitations where reference = $1
     union all (select recipient::text from messages where reference = $1 order by queued_at desc limit 1) limit 1`,
    [reference],
  );
  if (named) return { kind: 'person', email: named.email, reference };
  const events = await eventsOfRequest(reference);
  const email = await addressIn(events);
  if (email !== null) return { kind: 'person', email, reference };
  return events.length > 0 ? { kind: 'events', reference, events } : null;
}

/** Whom events are about, else who acted. */
async function addressIn(events: readonly ListedEvent[]): Promise<string | null> {
  const idsOf = (kind: string) =>
    events
      .filter(({ subject, subjectId }) => subject === kind && /^\d{1,18}$/.test(subjectId))
      .map(({ subjectId }) => subjectId);
  const actors = events.flatMap(({ actorId }) => (actorId === null ? [] : [actorId]));
  const found = await row<{ email: string }>(
    `select email::text, 1 as place from invitations where id = any($1::bigint[])
     union all select email::text, 2 from link_requests where id = any($2::bigint[])
     union all select email::text, 3 from accounts where id = any($3::bigint[])
     union all select email::text, 4 from accounts where id = any($4::bigint[])
     order by place limit 1`,
    [idsOf('invitation'), idsOf('link-request'), idsOf('account'), actors],
  );
  return found?.email ?? null;
}

async function byPart(search: string): Promise<{ hits: Hit[]; more: boolean }> {
  const bind: unknown[] = [];
  const holds = (parts: string, address: string) => holdsPart(parts, address, search, bind);
  const found = await rows<Hit & { seen: number }>(
    `select min(email) as email, case when min(email) is null then min(record_id) end as "recordId",
       coalesce(min(nullif(name, '')), '') as name, bool_or(kind = 'account') as "hasAccount",
       count(*) filter (where kind = 'record')::int as records,
       count(*) filter (where kind = 'invitation')::int as invitations, (sum(count(*)) over ())::int as seen
     from (
       (select a.email::text, a.name, 'account' as kind, null::text as record_id
        from accounts a where ${holds(`(a.email::text || ' ' || a.name)`, 'a.email')} limit ${MOST})
       union all
       (select m.email::text, trim(m.first_name || ' ' || m.last_name), 'record', m.id::text
        from alumni_members m where ${holds(PARTS, 'm.email')} and m.state <> 'merged' limit ${MOST})
       union all
       (select i.email::text, i.name, 'invitation', null
        from invitations i where ${holds(`(i.email::text || ' ' || i.name)`, 'i.email')} limit ${MOST})) found
     group by coalesce(lower(email), 'record ' || record_id)
     order by "hasAccount" desc, name, email limit ${MOST}`,
    bind,
  );
  return { hits: found, more: found.length === MOST || found.some(({ seen }) => seen >= MOST) };
}
