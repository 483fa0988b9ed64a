import { anywhere, type Cursor, countUpTo, type KeyColumn, type KeysetPage, keysetPage } from '../keyset.ts';
import { type InvitationStatus, invitationStatuses, openSql, statusOf, statusSql } from './status.ts';

/** Each order is a list of columns of `invitations i`; the id comes last, so that no two rows are equal. */
const orders = {
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
} satisfies Record<string, readonly KeyColumn[]>;

export type Order = keyof typeof orders;

export type ListQuery = Readonly<{
  /** Part of an address or a name, or a whole reference. */
  search: string;
  status: InvitationStatus | null;
  order: Order;
  descending: boolean;
  cursor: Cursor | null;
}>;

export type ListedInvitation = Readonly<{
  id: string;
  reference: string;
  email: string;
  name: string;
  status: InvitationStatus;
  createdAt: Date;
  expiresAt: Date;
  inviter: string | null;
}>;

type Row = Omit<ListedInvitation, 'status'> & {
  acceptedAt: Date | null;
  revokedAt: Date | null;
  declinedAt: Date | null;
};

const FROM = 'invitations i left join accounts a on a.id = i.invited_by';

/** One page of the list. */
export async function listInvitations(query: ListQuery): Promise<KeysetPage<ListedInvitation>> {
  const page = await keysetPage<Row>({
    ...conditions(query),
    select: `i.id, i.reference, i.email, i.name, i.created_at as "createdAt", i.expires_at as "expiresAt",
      i.accepted_at as "acceptedAt", i.revoked_at as "revokedAt", i.declined_at as "declinedAt", a.name as inviter`,
    from: FROM,
    order: [...orders[query.order], { sql: 'i.id', type: 'bigint' }],
    descending: query.descending,
    cursor: query.cursor,
  });
  return { ...page, items: page.items.map((row) => ({ ...row, status: statusOf(row) })) };
}

/** How many match, counted up to 10,001. */
export function countInvitations(query: ListQuery): Promise<number> {
  return countUpTo({ ...conditions(query), from: 'invitations i' });
}

export function isStatus(text: string): text is InvitationStatus {
  return invitationStatuses.some((status) => status === text);
}

export function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text);
}

function conditions(query: ListQuery): { where: string[]; bind: unknown[] } {
  const where = query.status ? [statusSql[query.status]] : [];
  const bind: unknown[] = [];
  if (query.search !== '') {
    bind.push(anywhere(query.search), query.search.toUpperCase());
    where.push(`((i.email::text || ' ' || i.name) ilike $1 or i.reference = $2)`);
  }
  return { where, bind };
}
