import { hitsIfFew, idsIfFew, thoseOf } from '../few.ts';
import {
  type Cursor,
  countUpTo,
  type KeyColumn,
  type KeysetPage,
  type KeysetQuery,
  keysetPage,
} from '../keyset.ts';
import { conditionsOf, type DeliveryState, type InvitationFilter, SHORTEST_PART } from './filter.ts';
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
const NAMES = 'left join accounts a on a.id = i.invited_by left join groups g on g.id = i.group_id';

/**
 * So few are quicker read all and sorted than looked for along an index that has their order. By address that index is
 * the same for all filters, and much is walked past in it: there it pays for more.
 */
const FEW: Readonly<Record<Order, number>> = { sent: 500, expires: 500, status: 500, address: 2_000 };
/** Counting what a search finds means looking at each; and many of one name stand together in the order of addresses. */
const MOST_FOUND = 1_000;
const MOST_COUNTED = 10_000;

/** One page of the list, and how many there are. */
export async function listInvitations(wished: ListQuery): Promise<InvitationList> {
  const isSearch = wished.search !== '';
  const counted = isSearch ? MOST_FOUND : MOST_COUNTED;
  const matching = matchingOf(wished);
  const ids = isSearch ? await hitsIfFew(matching, MOST_FOUND) : await idsIfFew(matching, FEW[wished.order]);
  const isUnsorted = wished.order === 'address' && wished.search.length >= SHORTEST_PART && ids === null;
  const query: ListQuery = isUnsorted ? { ...wished, order: 'sent', descending: true } : wished;
  const [count, page] = await Promise.all([
    ids?.length ?? (isSearch ? MOST_FOUND + 1 : countMany(query)),
    keysetPage<Row>({
      ...(ids ? thoseOf(FROM, ids) : walked(query)),
      select: COLUMNS,
      joined: NAMES,
      order: [...columnsOf(query), { sql: 'i.id', type: 'bigint' }],
      descending: query.descending,
      cursor: query.cursor,
      ...(query.size === undefined ? {} : { size: query.size }),
    }),
  ]);
  const items = page.items.map((row) => ({ ...row, status: statusOf(row) }));
  return { ...page, items, count, counted, isUnsorted };
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}

// The planner takes the stage and the expiry for independent, expects a hundredth of the pending ones that there are, and
// would sort them all: it is kept from guessing.
const PENDING_IN_OTHER_ORDER = `i.stage = 1 and i.expires_at + interval '0' > now()`;

type Source = Pick<KeysetQuery, 'from' | 'where' | 'bind' | 'branches'>;

function walked(query: ListQuery): Source {
  const { where, bind } = conditionsOf(query);
  const byExpiry = query.order === 'expires' || query.order === 'status';
  // Follows from the date of sending, but the planner doesn't know.
  const isLater = query.from !== null && byExpiry ? [`i.expires_at > $${bind.length + 1}::date`] : [];
  return {
    where: [...where, ...isLater],
    bind: isLater.length > 0 ? [...bind, query.from] : bind,
    from: FROM,
    branches: partsInOrder(query),
  };
}

function countMany(query: ListQuery): Promise<number> {
  return countUpTo({ ...conditionsOf(query), from: FROM, branches: parts(query) }, MOST_COUNTED);
}

function matchingOf(query: ListQuery): Source {
  const { where, bind } = conditionsOf(query);
  return { from: FROM, where: [...where, `(${parts(query).join(' or ')})`], bind };
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
