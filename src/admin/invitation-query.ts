import { deliveries, type InvitationFilter } from '../invitations/filter.ts';
import { isOrder, type ListQuery } from '../invitations/list.ts';
import type { Selection } from '../invitations/selection.ts';
import { invitationStatuses } from '../invitations/status.ts';
import { isDay } from '../paging.ts';
import { isId } from '../text.ts';
import { cursorIn, one, searchIn, type Typed } from './list-query.ts';

/** Which invitations an address or a form means; whatever is no value of a filter is left aside. */
export function filterIn(typed: Typed): InvitationFilter {
  const idIn = (name: string) => (isId(one(typed[name])) ? one(typed[name]) : null);
  const batch = /^\d{4}$/.test(one(typed.batch)) ? one(typed.batch) : null;
  return {
    search: searchIn(typed),
    status: among(invitationStatuses, typed.status),
    delivery: among(deliveries, typed.delivery),
    batch: batch === null ? null : Number(batch),
    center: one(typed.center).trim().slice(0, 100) || null,
    groupId: idIn('group'),
    inviterId: idIn('inviter'),
    campaignId: idIn('campaign'),
    from: dayIn(typed.from),
    to: dayIn(typed.to),
    expiring: typed.expiring === 'day',
    isSent: typed.sent === 'yes',
  };
}

/** The filter with its order, `?sort=`, and its place, `?after=` or `?before=`. */
export function listQuery(typed: Typed): ListQuery {
  const sort = one(typed.sort) || '-sent';
  const order = sort.replace(/^-/, '');
  const known = isOrder(order);
  return {
    ...filterIn(typed),
    order: known ? order : 'sent',
    descending: known ? sort.startsWith('-') : true,
    cursor: cursorIn(typed),
  };
}

/** The filter as fields of a form or an address: only those that filter. */
export function fieldsOf(filter: InvitationFilter): Record<string, string> {
  const { search, status, delivery, batch, center, groupId, inviterId, campaignId, from, to } = filter;
  const expiring = filter.expiring ? 'day' : null;
  const fields = {
    q: search,
    status,
    delivery,
    batch,
    center,
    group: groupId,
    inviter: inviterId,
    campaign: campaignId,
    from,
    to,
    expiring,
    sent: filter.isSent ? 'yes' : null,
  };
  const set = Object.entries(fields).filter(([, value]) => value !== null && value !== '');
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

const MOST_TICKED = 500;

/** What a list's form chose: `all`, or `id` (ticked) or `ids` (the same, carried along). Null when it is nothing. */
export function selectionIn(typed: Typed | undefined): Selection | null {
  if (typed?.all === 'yes') return { filter: filterIn(typed) };
  const ticked = [typed?.id, one(typed?.ids).split(',')]
    .flat(2)
    .filter((id): id is string => typeof id === 'string');
  const ids = [...new Set(ticked.filter((id) => isId(id)))].slice(0, MOST_TICKED);
  return ids.length > 0 ? { ids } : null;
}

function among<Value extends string>(values: readonly Value[], typed: unknown): Value | null {
  return values.find((value) => value === typed) ?? null;
}

function dayIn(typed: unknown): string | null {
  const day = one(typed);
  return /^(19|20|21)\d\d-\d\d-\d\d$/.test(day) && isDay(day) ? day : null;
}
