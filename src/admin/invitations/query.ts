import type { Selection } from '../../invitations/bulk-actions/selection.ts';
import { deliveryStates, type InvitationFilter } from '../../invitations/filter.ts';
import { type InvitationQuery, isInvitationSort } from '../../invitations/list.ts';
import { invitationStatuses } from '../../invitations/status.ts';
import { parseDay } from '../../platform/db/paging.ts';
import { parseCursor, parseSearch, type QueryInput, singleParam } from '../../platform/http/list-query.ts';
import { isId, normaliseSearch, toAsciiDigits } from '../../platform/text/text.ts';

/** Parses the filter from a query or a form. Invalid values are ignored. */
export function parseInvitationFilter(input: QueryInput): InvitationFilter {
  const parseId = (name: string) => (isId(singleParam(input[name])) ? singleParam(input[name]) : null);
  const batch = toAsciiDigits(singleParam(input.batch));
  return {
    search: parseSearch(input),
    status: findIn(invitationStatuses, input.status),
    delivery: findIn(deliveryStates, input.delivery),
    batch: /^\d{4}$/.test(batch) ? Number(batch) : null,
    center: normaliseSearch(singleParam(input.center)) || null,
    groupId: parseId('group'),
    inviterId: parseId('inviter'),
    campaignId: parseId('campaign'),
    from: parseDay(singleParam(input.from)),
    to: parseDay(singleParam(input.to)),
    expiring: input.expiring === 'day',
    isSent: input.sent === 'yes',
  };
}

/** The filter with `?sort=` and the cursor, `?after=` or `?before=`. */
export function parseListQuery(input: QueryInput): InvitationQuery {
  const sort = singleParam(input.sort) || '-sent';
  const order = sort.replace(/^-/, '');
  const isKnownOrder = isInvitationSort(order);
  return {
    ...parseInvitationFilter(input),
    order: isKnownOrder ? order : 'sent',
    descending: isKnownOrder ? sort.startsWith('-') : true,
    cursor: parseCursor(input),
  };
}

/** The active filters as query parameters or form fields. */
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

/**
 * Parses the selection of a list form: `all`, the checked rows (`id`), or the same ids carried along (`ids`). Null if
 * nothing is selected.
 */
export function parseSelection(input: QueryInput | undefined): Selection | null {
  if (input?.all === 'yes') return { filter: parseInvitationFilter(input) };
  const selectedIds = [input?.id, singleParam(input?.ids).split(',')]
    .flat(2)
    .filter((id): id is string => typeof id === 'string');
  const ids = [...new Set(selectedIds.filter((id) => isId(id)))].slice(0, MAX_SELECTED);
  return ids.length > 0 ? { ids } : null;
}

function findIn<Value extends string>(values: readonly Value[], text: unknown): Value | null {
  return values.find((value) => value === text) ?? null;
}
