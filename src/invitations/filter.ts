import { holdsOrStarts, type Way } from '../search.ts';
import { type InvitationStatus, statusSql } from './status.ts';

export const deliveries = ['waiting', 'delivered', 'opened', 'bounced', 'failed', 'link'] as const;
/** What became of the newest link: the furthest of these. Derived by the database. */
export type DeliveryState = (typeof deliveries)[number];

/** Which invitations are meant. Dates are days, "2026-11-25", UTC. */
export type InvitationFilter = Readonly<{
  /** Part of an address or a name, or a whole reference; one or two characters are the beginning of an address. */
  search: string;
  status: InvitationStatus | null;
  delivery: DeliveryState | null;
  batch: number | null;
  center: string | null;
  groupId: string | null;
  inviterId: string | null;
  from: string | null;
  to: string | null;
  /** Only pending ones that expire within 24 hours. */
  expiring?: boolean;
}>;

export const noFilter: InvitationFilter = {
  search: '',
  status: null,
  delivery: null,
  batch: null,
  center: null,
  groupId: null,
  inviterId: null,
  from: null,
  to: null,
};

export type Conditions = Readonly<{ where: string[]; bind: unknown[] }>;

/** A filter as conditions on `invitations i`, but for its status. `way`: how what is searched for is found. */
export function conditionsOf(filter: InvitationFilter, way?: Way): Conditions {
  const bind: unknown[] = [];
  const where: string[] = [];
  const put = (value: unknown) => `$${bind.push(value)}`;
  const add = (condition: (place: string) => string, value: unknown) => where.push(condition(put(value)));
  const { delivery, batch, center, groupId, inviterId, from, to, expiring = false } = filter;
  if (expiring)
    where.push(`i.stage = 1 and i.expires_at > now() and i.expires_at <= now() + interval '24 hours'`);
  if (delivery !== null) add((place) => `i.delivery = ${place}`, delivery);
  if (batch !== null) add((place) => `i.batch = ${place}::int`, batch);
  if (center !== null) add((place) => `i.center = ${place}`, center);
  if (groupId !== null) add((place) => `i.group_id = ${place}::bigint`, groupId);
  if (inviterId !== null) add((place) => `i.invited_by = ${place}::bigint`, inviterId);
  if (from !== null) add((place) => `i.created_at >= ${place}::date`, from);
  if (to !== null) add((place) => `i.created_at < ${place}::date + 1`, to);
  if (filter.search !== '') where.push(searchCondition(filter.search, put, way));
  return { where, bind };
}

/** `conditionsOf` with the status, for what needs no order. */
export function allConditionsOf(filter: InvitationFilter): Conditions {
  const { where, bind } = conditionsOf(filter);
  return { where: filter.status === null ? where : [...where, statusSql[filter.status]], bind };
}

function searchCondition(search: string, put: (value: unknown) => string, way?: Way): string {
  const held = holdsOrStarts('i', search, put, way);
  return REFERENCE.test(search)
    ? `(${held} or i.reference = upper(translate(${put(search)}, ' ', '')))`
    : held;
}

const REFERENCE = /^[0-9A-HJKMNP-TV-Z]{4} ?[0-9A-HJKMNP-TV-Z]{4}$/i;
