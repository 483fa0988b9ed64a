import { Conditions } from '../platform/db/paging.ts';
import { searchCondition } from '../platform/db/search.ts';
import { parseReference } from '../platform/text/support-reference.ts';
import { type InvitationStatus, sentSql, statusSql } from './status.ts';

export const deliveryStates = ['queued', 'sent', 'opened', 'bounced', 'failed', 'dropped', 'link'] as const;
/** What became of the newest link: the furthest of these. Derived by the database. */
export type DeliveryState = (typeof deliveryStates)[number];

/** Which invitations are meant. Dates are days, "2026-11-25", UTC. */
export type InvitationFilter = Readonly<{
  /** Words of an address or a name, or a whole reference. */
  search: string;
  status: InvitationStatus | null;
  delivery: DeliveryState | null;
  batch: number | null;
  center: string | null;
  groupId: string | null;
  inviterId: string | null;
  campaignId: string | null;
  from: string | null;
  to: string | null;
  /** Only pending ones that expire within 24 hours. */
  expiring?: boolean;
  /** Only those that were mailed or given as a link. */
  isSent?: boolean;
}>;

export const emptyInvitationFilter: InvitationFilter = {
  search: '',
  status: null,
  delivery: null,
  batch: null,
  center: null,
  groupId: null,
  inviterId: null,
  campaignId: null,
  from: null,
  to: null,
};

/** What `delivery` says of these follows from dates that an index has. */
const undeliveredSql: Partial<Record<DeliveryState, string>> = {
  bounced: 'i.bounced_at is not null',
  failed: 'i.bounced_at is null and i.failed_at is not null',
};

/** A filter as conditions on `invitations i`. */
export function invitationConditions(filter: InvitationFilter): Conditions {
  const { search, status, delivery, batch, center, groupId, inviterId, campaignId, from, to, expiring } =
    filter;
  const conditions = new Conditions();
  if (status !== null) conditions.and(statusSql[status]);
  if (expiring) conditions.and(`${statusSql.pending} and i.expires_at <= now() + interval '24 hours'`);
  if (filter.isSent) conditions.and(sentSql);
  const undelivered = delivery === null ? undefined : undeliveredSql[delivery];
  if (undelivered !== undefined) conditions.and(undelivered);
  else if (delivery !== null) conditions.and('i.delivery = ?', delivery);
  if (batch !== null) conditions.and('i.batch = ?::int', batch);
  if (center !== null) conditions.and('i.center = ?', center);
  if (groupId !== null) conditions.and('i.group_id = ?::bigint', groupId);
  if (inviterId !== null) conditions.and('i.invited_by = ?::bigint', inviterId);
  if (campaignId !== null) conditions.and('i.campaign_id = ?::bigint', campaignId);
  // The second follows from the first, but the planner doesn't know, and would walk past all that expired before.
  if (from !== null) conditions.and('i.created_at >= ?::date and i.expires_at > ?::date', from, from);
  if (to !== null) conditions.and('i.created_at < ?::date + 1', to);
  if (search !== '') {
    const matches = searchCondition('i.search_text', search, (value) => conditions.bindValue(value));
    const reference = parseReference(search);
    if (reference !== null) conditions.and(`(${matches} or i.reference = ?)`, reference);
    else conditions.and(matches);
  }
  return conditions;
}
