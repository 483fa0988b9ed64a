import type { Attributes } from 'sequelize';
import { columnsOf } from '../platform/db/database.ts';
import { type Cursor, countUpTo, type Page, readPage, type SortKey } from '../platform/db/paging.ts';
import { type InvitationFilter, invitationConditions } from './filter.ts';
import { Invitation } from './invitation.ts';
import { type InvitationStatus, statusOf } from './status.ts';

const sortOrders = {
  sent: [{ sql: 'i.created_at', type: 'timestamptz' }],
  expires: [{ sql: 'i.expires_at', type: 'timestamptz' }],
  address: [{ sql: 'i.email', type: 'citext' }],
  // Of the open ones, first the expired, then the pending: both by expiry date.
  status: [
    { sql: 'i.stage', type: 'int' },
    { sql: 'i.expires_at', type: 'timestamptz' },
  ],
} satisfies Record<string, readonly SortKey[]>;

export type InvitationSort = keyof typeof sortOrders;

export type InvitationQuery = InvitationFilter &
  Readonly<{ order: InvitationSort; descending: boolean; cursor: Cursor | null; size?: number }>;

const listedAttributes = [
  'id',
  'reference',
  'email',
  'name',
  'delivery',
  'batch',
  'center',
  'createdAt',
  'expiresAt',
  'acceptedAt',
  'revokedAt',
  'declinedAt',
] as const;

type InvitationRow = Pick<Attributes<Invitation>, (typeof listedAttributes)[number]> &
  Readonly<{ inviter: string | null; group: string | null }>;

export type ListedInvitation = InvitationRow & Readonly<{ status: InvitationStatus }>;

const LISTED_COLUMNS = `${columnsOf(Invitation, 'i', listedAttributes)}, (select name from accounts where id = i.invited_by) as inviter,
  (select name from groups where id = i.group_id) as "group"`;

/** The number of matches, counted up to 10,001. */
export function countInvitations(filter: InvitationFilter): Promise<number> {
  return countUpTo('invitations i', invitationConditions(filter));
}

export async function listInvitations(query: InvitationQuery): Promise<Page<ListedInvitation>> {
  const { status, descending, cursor, size } = query;
  // Within one status, sorting by status is sorting by expiry date.
  const order = query.order === 'status' && status !== null ? 'expires' : query.order;
  const page = await readPage<InvitationRow>({
    select: LISTED_COLUMNS,
    from: 'invitations i',
    conditions: invitationConditions(query),
    order: [...sortOrders[order], { sql: 'i.id', type: 'bigint' }],
    descending,
    cursor,
    ...(size === undefined ? {} : { size }),
  });
  return { ...page, items: page.items.map((row) => ({ ...row, status: statusOf(row) })) };
}

export function isInvitationSort(text: string): text is InvitationSort {
  return Object.hasOwn(sortOrders, text);
}
