import { type Request, type Response, Router } from 'express';
import { listSentCampaigns } from '../../campaigns/campaign.ts';
import type { DeliveryState, InvitationFilter } from '../../invitations/filter.ts';
import { type Choice, type FilterChoices, getFilterChoices } from '../../invitations/filter-choices.ts';
import { countInvitations, listInvitations } from '../../invitations/list.ts';
import type { InvitationStatus } from '../../invitations/status.ts';
import { suggestSpelling } from '../../platform/db/search.ts';
import { isHtmxRequest, pageLinks, toSpellingSuggestion } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { invitationFilterFields, parseListQuery } from './query.ts';

/** The label of an active filter, and the URL of the list without it. */
export type ActiveFilter = Readonly<{ label: string; removeUrl: string }>;

/** The values that the list can be filtered by. */
export type ListChoices = FilterChoices & Readonly<{ campaigns: readonly Choice[] }>;

const MAX_CAMPAIGN_CHOICES = 300;

export const adminInvitationListRoutes = Router();
adminInvitationListRoutes.get('/', showInvitations);

async function showInvitations(req: Request, res: Response): Promise<void> {
  const query = parseListQuery(req.query);
  const choices = await getListChoices();
  const [list, count] = [await listInvitations(query), await countInvitations(query)];
  const suggestion = count === 0 ? await suggestSpelling('invitations', query.search) : null;
  const sort = `${query.descending ? '-' : ''}${query.order}`;
  const fields = invitationFilterFields(query);
  res.render(isHtmxRequest(req) ? 'admin/invitations/found' : 'admin/invitations/index', {
    list,
    count,
    suggestion: toSpellingSuggestion(req, suggestion),
    choices,
    sort,
    fields,
    active: describeInvitationFilters(query, choices, sort),
    sortUrls: sortUrls(query, sort),
    urls: pageLinks(req, list),
  });
}

export async function getListChoices(): Promise<ListChoices> {
  return { ...(await getFilterChoices()), campaigns: await listSentCampaigns(MAX_CAMPAIGN_CHOICES) };
}

/** The active filters, each with the URL of the list without it. */
export function describeInvitationFilters(
  filter: InvitationFilter,
  choices: ListChoices,
  sort = '-sent',
): ActiveFilter[] {
  const fields = invitationFilterFields(filter);
  return Object.entries(fields).map(([name, value]) => {
    const { [name]: _removed, ...others } = fields;
    return { label: filterLabel(name, value, choices), removeUrl: invitationListUrl(others, sort) };
  });
}

function filterLabel(name: string, value: string, { groups, inviters, campaigns }: ListChoices): string {
  const nameOf = (choices: readonly Choice[]) =>
    choices.find(({ id }) => id === value)?.name ?? t('invitations:filters.active.unknown');
  const labels: Readonly<Record<string, () => string>> = {
    q: () => t('invitations:filters.active.search', { text: value }),
    status: () => t(`common:status.${value as InvitationStatus}`),
    delivery: () => deliveryFilterLabel(value as DeliveryState),
    batch: () => t('invitations:filters.active.batch', { batch: value }),
    center: () => t('invitations:filters.active.center', { name: value }),
    group: () => t('invitations:filters.active.group', { name: nameOf(groups) }),
    inviter: () => t('invitations:filters.active.inviter', { name: nameOf(inviters) }),
    campaign: () => t('invitations:filters.active.campaign', { name: nameOf(campaigns) }),
    from: () => t('invitations:filters.active.from', { day: value }),
    to: () => t('invitations:filters.active.to', { day: value }),
    expiring: () => t('invitations:filters.expiringSoon'),
    sent: () => t('invitations:filters.isSent'),
  };
  return labels[name]?.() ?? value;
}

function deliveryFilterLabel(state: DeliveryState): string {
  return state === 'sent' ? t('invitations:filters.sentNotOpened') : t(`invitations:delivery.${state}`);
}

/** The URL of the heading of each sortable column. A second click reverses the order. */
function sortUrls(filter: InvitationFilter, sort: string): Record<string, string> {
  const fields = invitationFilterFields(filter);
  const defaultOrders = { address: 'address', status: 'status', sent: '-sent', expires: 'expires' };
  const reverse = (order: string) => (sort.startsWith('-') ? order : `-${order}`);
  return Object.fromEntries(
    Object.entries(defaultOrders).map(([order, defaultSort]) => [
      order,
      invitationListUrl(fields, sort.replace('-', '') === order ? reverse(order) : defaultSort),
    ]),
  );
}

/** The URL of the list with these filters. */
export function invitationListUrl(fields: Record<string, string>, sort = '-sent'): string {
  const queryString = new URLSearchParams(sort === '-sent' ? fields : { ...fields, sort }).toString();
  return queryString === '' ? '/admin/invitations' : `/admin/invitations?${queryString}`;
}
