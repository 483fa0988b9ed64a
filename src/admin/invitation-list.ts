import { type Request, type Response, Router } from 'express';
import { sentCampaigns } from '../campaigns/campaign.ts';
import { type Choice, type FilterChoices, filterChoices } from '../invitations/choices.ts';
import type { InvitationFilter } from '../invitations/filter.ts';
import { countInvitations, listInvitations } from '../invitations/list.ts';
import { closestSpelling } from '../search.ts';
import { date } from '../web/view.ts';
import { fieldsOf, listQuery } from './invitation-query.ts';
import { isLive, pagesAround, suggestionIn } from './list-query.ts';

/** An active filter, in words, and the list without it. */
export type ActiveFilter = Readonly<{ label: string; without: string }>;

/** What the list can be narrowed to. */
export type ListChoices = FilterChoices & Readonly<{ campaigns: readonly Choice[] }>;

const MOST_CAMPAIGNS = 300;

export const invitationList = Router();
invitationList.get('/', showInvitations);

async function showInvitations(req: Request, res: Response): Promise<void> {
  const query = listQuery(req.query);
  const choices = await listChoices();
  const [list, count] = [await listInvitations(query), await countInvitations(query)];
  const suggestion = count === 0 ? await closestSpelling('invitations', query.search) : null;
  const sort = `${query.descending ? '-' : ''}${query.order}`;
  const fields = fieldsOf(query);
  res.render(isLive(req) ? 'admin/invitations/found' : 'admin/invitations/index', {
    list,
    count,
    suggestion: suggestionIn(req, suggestion),
    choices,
    sort,
    fields,
    active: activeFilters(query, choices, sort),
    sortUrls: sortUrls(query, sort),
    urls: pagesAround(req, list),
  });
}

export async function listChoices(): Promise<ListChoices> {
  return { ...(await filterChoices()), campaigns: await sentCampaigns(MOST_CAMPAIGNS) };
}

/** The filters that are set, each with the address of the list without it. */
export function activeFilters(
  filter: InvitationFilter,
  choices: ListChoices,
  sort = '-sent',
): ActiveFilter[] {
  const fields = fieldsOf(filter);
  return Object.entries(fields).map(([name, value]) => {
    const { [name]: _left, ...others } = fields;
    return { label: wordsFor(name, value, choices), without: listUrl(others, sort) };
  });
}

const deliveryWords: Readonly<Record<string, string>> = {
  queued: 'Queued',
  sent: 'Sent, not opened',
  opened: 'Opened',
  bounced: 'Bounced',
  failed: 'Failed',
  dropped: 'Not sent',
  link: 'Link shared',
};

function wordsFor(name: string, value: string, { groups, inviters, campaigns }: ListChoices): string {
  const nameOf = (choices: readonly Choice[]) => choices.find(({ id }) => id === value)?.name ?? 'unknown';
  const words: Readonly<Record<string, () => string>> = {
    q: () => `“${value}”`,
    status: () => value.charAt(0).toUpperCase() + value.slice(1),
    delivery: () => deliveryWords[value] ?? value,
    batch: () => `Batch ${value}`,
    center: () => `Center ${value}`,
    group: () => `Group ${nameOf(groups)}`,
    inviter: () => `Invited by ${nameOf(inviters)}`,
    campaign: () => `Campaign ${nameOf(campaigns)}`,
    from: () => `Sent from ${date(new Date(value))}`,
    to: () => `Sent until ${date(new Date(value))}`,
    expiring: () => 'Expiring within 24 hours',
    sent: () => 'Mailed or shared',
  };
  return words[name]?.() ?? value;
}

/** For each column that sorts: where its heading leads. Pressed again, it turns the order round. */
function sortUrls(filter: InvitationFilter, sort: string): Record<string, string> {
  const fields = fieldsOf(filter);
  const usual = { address: 'address', status: 'status', sent: '-sent', expires: 'expires' };
  const turned = (order: string) => (sort.startsWith('-') ? order : `-${order}`);
  return Object.fromEntries(
    Object.entries(usual).map(([order, first]) => [
      order,
      listUrl(fields, sort.replace('-', '') === order ? turned(order) : first),
    ]),
  );
}

/** The address of the list with these filters. */
export function listUrl(fields: Record<string, string>, sort = '-sent'): string {
  const kept = new URLSearchParams(sort === '-sent' ? fields : { ...fields, sort }).toString();
  return kept === '' ? '/admin/invitations' : `/admin/invitations?${kept}`;
}
