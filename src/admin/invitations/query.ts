import type { Selection } from '../../invitations/bulk-actions/selection.ts';
import { deliveryStates, type InvitationFilter } from '../../invitations/filter.ts';
import { type InvitationQuery, isInvitationSort } from '../../invitations/list.ts';
import { invitationStatuses } from '../../invitations/status.ts';
import { isCalendarDate } from '../../platform/db/paging.ts';
import { parseCursor, parseSearch, type QueryInput, singleParam } from '../../platform/http/list-query.ts';
import { isId } from '../../platform/text/text.ts';

/** Which invitations an address or a form means; whatever is no value of a filter is left aside. */
export function parseInvitationFilter(typed: QueryInput): InvitationFilter {
  const parseId = (name: string) => (isId(singleParam(typed[name])) ? singleParam(typed[name]) : null);
  const batch = /^\d{4}$/.test(singleParam(typed.batch)) ? singleParam(typed.batch) : null;
  return {
    search: parseSearch(typed),
    status: findIn(invitationStatuses, typed.status),
    delivery: findIn(deliveryStates, typed.delivery),
    batch: batch === null ? null : Number(batch),
    center: singleParam(typed.center).trim().slice(0, 100) || null,
    groupId: parseId('group'),
    inviterId: parseId('inviter'),
    campaignId: parseId('campaign'),
    from: parseDay(typed.from),
    to: parseDay(typed.to),
    expiring: typed.expiring === 'day',
    isSent: typed.sent === 'yes',
  };
}

/** The filter with its order, `?sort=`, and its place, `?after=` or `?before=`. */
export function parseListQuery(typed: QueryInput): InvitationQuery {
  const sort = singleParam(typed.sort) || '-sent';
  const order = sort.replace(/^-/, '');
  const known = isInvitationSort(order);
  return {
    ...parseInvitationFilter(typed),
    order: known ? order : 'sent',
    descending: known ? sort.startsWith('-') : true,
    cursor: parseCursor(typed),
  };
}

/** The filter as fields of a form or an address: only those that filter. */
export function invitationFilterFields(filter: InvitationFilter): Record<string, string> {
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

const MAX_SELECTED = 500;

/** What a list's form chose: `all`, or `id` (ticked) or `ids` (the same, carried along). Null when it is nothing. */
export function parseSelection(typed: QueryInput | undefined): Selection | null {
  if (typed?.all === 'yes') return { filter: parseInvitationFilter(typed) };
  const selectedIds = [typed?.id, singleParam(typed?.ids).split(',')]
    .flat(2)
    .filter((id): id is string => typeof id === 'string');
  const ids = [...new Set(selectedIds.filter((id) => isId(id)))].slice(0, MAX_SELECTED);
  return ids.length > 0 ? { ids } : null;
}

function findIn<Value extends string>(values: readonly Value[], typed: unknown): Value | null {
  return values.find((value) => value === typed) ?? null;
}

function parseDay(typed: unknown): string | null {
  const day = singleParam(typed);
  return /^(19|20|21)\d\d-\d\d-\d\d$/.test(day) && isCalendarDate(day) ? day : null;
}
