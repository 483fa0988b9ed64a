import { z } from 'zod';
import { rows } from '../database.ts';
import { type InvitationStatus, invitationStatuses, openSql, statusOf, statusSql } from './status.ts';

export const PAGE_SIZE = 25;
export const MOST_COUNTED = 10_000;

type Column = Readonly<{ sql: string; type: 'timestamptz' | 'citext' | 'int' | 'bigint' }>;

/** Each order is a list of columns of `invitations i` that ends with the id, so that no two rows are equal. */
const orders: Readonly<Record<'sent' | 'expires' | 'address' | 'status', readonly Column[]>> = {
  sent: [{ sql: 'i.created_at', type: 'timestamptz' }],
  expires: [{ sql: 'i.expires_at', type: 'timestamptz' }],
  address: [{ sql: 'i.email', type: 'citext' }],
  // Open ones by expiry: first those that have expired, then those still pending.
  status: [
    {
      sql: `(case when ${openSql} then 0 when i.accepted_at is not null then 1 when i.declined_at is not null then 2 else 3 end)`,
      type: 'int',
    },
    { sql: 'i.expires_at', type: 'timestamptz' },
  ],
};

export type Order = keyof typeof orders;

export type ListQuery = Readonly<{
  /** Part of an address, or a whole reference. */
  search: string;
  status: InvitationStatus | null;
  order: Order;
  descending: boolean;
  /** Where the page before or after ends, as the last page said. */
  cursor: { direction: 'after' | 'before'; at: string } | null;
}>;

export type ListedInvitation = Readonly<{
  id: string;
  reference: string;
  email: string;
  status: InvitationStatus;
  createdAt: Date;
  expiresAt: Date;
  inviter: string | null;
}>;

export type ListPage = Readonly<{
  invitations: ListedInvitation[];
  before: string | null;
  after: string | null;
}>;

type Row = Omit<ListedInvitation, 'status'> & {
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
} & {
  place: string;
};

/** One page of the list, by keyset: the last page of a million costs what the first does. */
export async function listInvitations(query: ListQuery): Promise<ListPage> {
  const backwards = query.cursor?.direction === 'before';
  const columns: Column[] = [...orders[query.order], { sql: 'i.id', type: 'bigint' }];
  const { where, bind } = conditions(query);
  const place =
    query.cursor &&
    readCursor(
      query.cursor.at,
      columns.map(({ type }) => type),
    );
  const downwards = query.descending !== backwards;
  if (place) {
    const values = columns.map(({ type }, index) => `$${bind.length + index + 1}::text::${type}`);
    where.push(
      `(${columns.map(({ sql }) => sql).join(', ')}) ${downwards ? '<' : '>'} (${values.join(', ')})`,
    );
    bind.push(...place);
  }
  const found = await rows<Row>(
    `select i.id, i.reference, i.email, i.created_at as "createdAt", i.expires_at as "expiresAt",
       i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt", i.declined_at as "declinedAt", a.name as inviter,
       json_build_array(${columns.map(({ sql }) => `${sql}::text`).join(', ')})::text as place
     from invitations i left join accounts a on a.id = i.invited_by
     where ${where.join(' and ')}
     order by ${columns.map(({ sql }) => `${sql} ${downwards ? 'desc' : 'asc'}`).join(', ')}
     limit ${PAGE_SIZE + 1}`,
    bind,
  );
  return pageOf(found, backwards, place !== null);
}

/** How many match, counted up to 10,001 so that it stays quick. */
export async function countInvitations(query: ListQuery): Promise<number> {
  const { where, bind } = conditions(query);
  const [counted] = await rows<{ count: number }>(
    `select count(*)::int as count
     from (select 1 from invitations i where ${where.join(' and ')} limit ${MOST_COUNTED + 1}) counted`,
    bind,
  );
  return counted?.count ?? 0;
}

export function isStatus(text: string): text is InvitationStatus {
  return invitationStatuses.some((status) => status === text);
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}

function conditions(query: ListQuery): { where: string[]; bind: unknown[] } {
  const where = [query.status ? statusSql[query.status] : 'true'];
  const bind: unknown[] = [];
  if (query.search !== '') {
    bind.push(`%${query.search.replace(/[\\%_]/g, '\\$&')}%`, query.search.toUpperCase());
    where.push('(i.email::text ilike $1 or i.reference = $2)');
  }
  return { where, bind };
}

function pageOf(found: Row[], backwards: boolean, fromSomewhere: boolean): ListPage {
  const more = found.length > PAGE_SIZE;
  const shown = backwards ? found.slice(0, PAGE_SIZE).reverse() : found.slice(0, PAGE_SIZE);
  const first = shown.at(0)?.place;
  const last = shown.at(-1)?.place;
  return {
    invitations: shown.map(({ place: _place, ...invitation }) => ({
      ...invitation,
      status: statusOf(invitation),
    })),
    before: first && (backwards ? more : fromSomewhere) ? writeCursor(first) : null,
    after: last && (backwards || more) ? writeCursor(last) : null,
  };
}

function writeCursor(place: string): string {
  return Buffer.from(place).toString('base64url');
}

const shapes = {
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/,
  citext: /^[^\0]{1,254}$/,
  int: /^\d$/,
  bigint: /^\d{1,18}$/,
};

// A cursor comes back from the address line, so it may be anything; what is none leads to the first page.
function readCursor(text: string, types: (keyof typeof shapes)[]): string[] | null {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const fits = z.array(z.string()).length(types.length).safeParse(place);
    return fits.success && types.every((type, index) => shapes[type].test(fits.data[index] ?? ''))
      ? fits.data
      : null;
  } catch {
    return null;
  }
}
