import type { Cursor, KeyColumn } from '../cursor.ts';
import { keysetPageOfFew, keysetPageOfHits } from '../few.ts';
import { countUpTo, type KeysetPage, type KeysetQuery, keysetPage } from '../keyset.ts';
import { SHORTEST_PART, type Way } from '../search.ts';
import { conditionsOf, type DeliveryState, type InvitationFilter } from './filter.ts';
import { type InvitationStatus, stageParts, statusOf, statusParts } from './status.ts';

/** Each order is a list of columns of `invitations i`; the id comes last, so that no two rows are equal. */
const orders = {
  sent: [{ sql: 'i.created_at', type: 'timestamptz' }],
  expires: [{ sql: 'i.expires_at', type: 'timestamptz' }],
  address: [{ sql: 'i.email', type: 'citext' }],
  // Open ones by expiry: first those that have expired, then those still pending.
  status: [
    { sql: 'i.stage', type: 'int' },
    { sql: 'i.expires_at', type: 'timestamptz' },
  ],
} satisfies Record<string, readonly KeyColumn[]>;

export type Order = keyof typeof orders;

export type ListQuery = InvitationFilter &
  Readonly<{ order: Order; descending: boolean; cursor: Cursor | null; size?: number }>;

export type ListedInvitation = Readonly<{
  id: string;
  reference: string;
  email: string;
  name: string;
  status: InvitationStatus;
  delivery: DeliveryState;
  batch: number | null;
  center: string | null;
  createdAt: Date;
  expiresAt: Date;
  inviter: string | null;
  group: string | null;
}>;

export type InvitationList = KeysetPage<ListedInvitation> &
  Readonly<{
    /** How many there are, at most `counted + 1`. */
    count: number;
    counted: number;
    /** Whether a search found so many that they stand in the order of sending, the newest first, and not by address. */
    isUnsorted: boolean;
  }>;

type Row = Omit<ListedInvitation, 'status'> & {
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
};

const COLUMNS = `i.id, i.reference, i.email, i.name, i.delivery, i.batch, i.center, i.created_at as "createdAt",
  i.expires_at as "expiresAt", i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt",
  i.declined_at as "declinedAt", a.name as inviter, g.name as "group"`;
const FROM = 'invitations i';
const ROWS = `join invitations i on i.id = page.id
  left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id`;

/** So few are quicker read all and sorted than looked for along an index that has their order. */
const FEW = 500;
/** Counting what a search finds means looking at each; and many of one name stand together in the order of addresses. */
const MOST_FOUND = 1_000;
const MOST_COUNTED = 10_000;

/** One page of the list, and how many there are. */
export async function listInvitations(query: ListQuery): Promise<InvitationList> {
  return query.search === '' ? filtered(query) : found(query);
}

async function filtered(query: ListQuery): Promise<InvitationList> {
  const count = await countUpTo({ ...conditionsOf(query), from: FROM, branches: parts(query) }, MOST_COUNTED);
  const few = count > FEW ? null : await keysetPageOfFew<Row>(sortedQuery(query), FEW);
  const page = few ?? (await keysetPage<Row>(walkedQuery(query)));
  return { ...withStatus(page), count, counted: MOST_COUNTED, isUnsorted: false };
}

async function found(query: ListQuery): Promise<InvitationList> {
  const search = { table: 'invitations', part: query.search } as const;
  const few = await keysetPageOfHits<Row>(search, (way) => sortedQuery(query, way), MOST_FOUND);
  if (few) return { ...withStatus(few), count: few.count, counted: MOST_FOUND, isUnsorted: false };
  const isUnsorted = query.order === 'address' && query.search.length >= SHORTEST_PART;
  const walked: ListQuery = isUnsorted ? { ...query, order: 'sent', descending: true } : query;
  const page = await keysetPage<Row>(walkedQuery(walked));
  return { ...withStatus(page), count: MOST_FOUND + 1, counted: MOST_FOUND, isUnsorted };
}

function withStatus(page: KeysetPage<Row>): KeysetPage<ListedInvitation> {
  return { ...page, items: page.items.map((row) => ({ ...row, status: statusOf(row) })) };
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}

// The planner takes the stage and the expiry for independent, expects a hundredth of the pending ones that there are, and
// would sort them all: it is kept from guessing.
const PENDING_IN_OTHER_ORDER = `i.stage = 1 and i.expires_at + interval '0' > now()`;

type PageQuery = KeysetQuery & { joined: string };

/** All that matches, to be sorted. */
function sortedQuery(query: ListQuery, way?: Way): PageQuery {
  const { where, bind } = conditionsOf(query, way);
  return { ...pageOf(query), where: [...where, `(${parts(query).join(' or ')})`], bind };
}

/** Along an index that has the order. */
function walkedQuery(query: ListQuery): PageQuery {
  const { where, bind } = conditionsOf(query);
  const byExpiry = query.order === 'expires' || query.order === 'status';
  // Follows from the date of sending, but the planner doesn't know.
  const isLater = query.from !== null && byExpiry ? [`i.expires_at > $${bind.length + 1}::date`] : [];
  return {
    ...pageOf(query),
    where: [...where, ...isLater],
    bind: isLater.length > 0 ? [...bind, query.from] : bind,
    branches: partsInOrder(query),
  };
}

function pageOf(query: ListQuery): Omit<PageQuery, 'where' | 'bind'> {
  return {
    select: COLUMNS,
    from: FROM,
    joined: ROWS,
    order: [...columnsOf(query), { sql: 'i.id', type: 'bigint' }],
    descending: query.descending,
    cursor: query.cursor,
    ...(query.size === undefined ? {} : { size: query.size }),
  };
}

function parts({ status }: ListQuery): readonly string[] {
  return status === null ? ['true'] : statusParts[status];
}

// Within one status, its order is that of expiry.
function columnsOf({ order, status }: ListQuery): readonly KeyColumn[] {
  return orders[order === 'status' && status !== null ? 'expires' : order];
}

/** The parts of what is looked for that an index has in the wished order. */
function partsInOrder(query: ListQuery): readonly string[] {
  const { status, order, delivery, batch, center, groupId, inviterId } = query;
  const isFiltered = [delivery, batch, center, groupId, inviterId].some((wanted) => wanted !== null);
  const needsStages = status === null && isFiltered && (order === 'sent' || order === 'expires');
  if (status === 'pending' && (order === 'sent' || order === 'address')) return [PENDING_IN_OTHER_ORDER];
  return needsStages ? stageParts : parts(query);
}
