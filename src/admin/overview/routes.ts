import { type Request, type Response, Router } from 'express';
import type { FiguresScope, GroupedFigures } from '../../invitations/figures.ts';
import { formatDate, formatMonth } from '../../platform/i18n/dates.ts';
import { getOverview, type Overview } from '../../support/overview.ts';
import { invitationListUrl } from '../invitations/list-routes.ts';
import { type OverviewQuery, parseOverviewQuery, scopeFilterFields } from './query.ts';
import { getTodoList } from './to-do.ts';

/** A figure, linked to the list of what it counts. */
type Card = Readonly<{ label: string; figure: string; hint: string; url: string }>;

/** A chart and its table. `value` is drawn; `cells` are the columns after the first. */
type Chart = Readonly<{
  kind: 'funnel' | 'registrations' | 'batches' | 'centers';
  title: string;
  text: string;
  columns: readonly string[];
  rows: readonly Readonly<{ label: string; url: string | null; value: number; cells: readonly string[] }>[];
}>;

/** The start page of the staff panel. */
export const adminOverviewRoutes = Router();
adminOverviewRoutes.get('/', showOverview);

async function showOverview(req: Request, res: Response): Promise<void> {
  const query = parseOverviewQuery(req.query, new Date());
  const overview = await getOverview(query.scope);
  res.render('admin/overview/index', {
    query,
    hasNoInvitations: overview.hasNoInvitations,
    batches: overview.batches,
    centers: overview.centers,
    cards: buildCards(overview, query),
    charts: buildCharts(overview, query.scope),
    todo: await getTodoList(),
  });
}

function buildCards(
  { figures, expiring, awaitingConsent, heldForReview, unmatched }: Overview,
  { scope }: OverviewQuery,
): Card[] {
  const filteredListUrl = (filter: Record<string, string>) =>
    invitationListUrl({ ...scopeFilterFields(scope), ...filter });
  const scopeFields = scopeFilterFields(scope, false);
  const consentQuery = new URLSearchParams(scopeFields).toString();
  const acceptedOfSent = `${formatCount(figures.accepted)} of ${formatCount(figures.sent)}`;
  return [
    {
      label: 'Total sent',
      figure: formatCount(figures.sent),
      hint: `of ${formatCount(figures.invited)} invited`,
      url: filteredListUrl({ sent: 'yes' }),
    },
    {
      label: 'Pending',
      figure: formatCount(figures.pending),
      hint: 'can still be accepted',
      url: filteredListUrl({ status: 'pending' }),
    },
    {
      label: 'Accepted',
      figure: formatCount(figures.accepted),
      hint: 'have registered',
      url: filteredListUrl({ status: 'accepted' }),
    },
    {
      label: 'Acceptance rate',
      figure: formatPercent(figures.accepted, figures.sent),
      hint: acceptedOfSent,
      url: filteredListUrl({ status: 'accepted' }),
    },
    {
      label: 'Expiring within 24 hours',
      figure: formatCount(expiring),
      hint: 'of all that are pending now',
      url: invitationListUrl({ ...scopeFields, expiring: 'day' }, 'expires'),
    },
    {
      label: 'Bounced',
      figure: formatCount(figures.bounced),
      hint: 'addresses to correct',
      url: filteredListUrl({ delivery: 'bounced' }),
    },
    {
      label: 'Waiting for consent',
      figure: formatCount(awaitingConsent),
      hint: 'young people, now',
      url: `/admin/consents/waiting${consentQuery && `?${consentQuery}`}`,
    },
    {
      label: 'Held for review',
      figure: formatCapped(1_000, heldForReview),
      hint: 'accounts, now',
      url: '/admin/alumni/unmatched?show=held-for-review',
    },
    {
      label: 'Unmatched',
      figure: formatCapped(1_000, unmatched),
      hint: 'accounts without a record, now',
      url: '/admin/alumni/unmatched',
    },
  ];
}

function buildCharts({ figures, registrations, byBatch, byCenter }: Overview, scope: FiguresScope): Chart[] {
  const { invited, sent, opened, accepted } = figures;
  const steps: [label: string, count: number][] = [
    ['Invited', invited],
    ['Sent', sent],
    ['Opened', opened],
    ['Registered', accepted],
  ];
  const isDaily = registrations.interval === 'day';
  return [
    {
      kind: 'funnel',
      title: 'From invited to registered',
      text: 'Each step counts everyone who came at least that far. A shared link counts as sent.',
      columns: ['Step', 'Invitations', 'Of those invited'],
      rows: steps.map(([label, count]) => ({
        label,
        url: null,
        value: count,
        cells: [formatCount(count), formatPercent(count, invited)],
      })),
    },
    {
      kind: 'registrations',
      title: isDaily ? 'Registrations by day' : 'Registrations by month',
      text: 'When people registered, whenever they were invited.',
      columns: [isDaily ? 'Day' : 'Month', 'Registered'],
      rows: registrations.points.map(({ start, registered }) => ({
        label: isDaily ? formatDate(start) : formatMonth(start),
        url: null,
        value: registered,
        cells: [formatCount(registered)],
      })),
    },
    buildPartsChart('batches', byBatch, scope),
    buildPartsChart('centers', byCenter, scope),
  ];
}

function buildPartsChart(
  kind: 'batches' | 'centers',
  parts: readonly GroupedFigures[],
  scope: FiguresScope,
): Chart {
  const [column, unknownLabel] =
    kind === 'batches' ? ['Batch', 'Batch not known'] : ['Center', 'Center not known'];
  const sorted =
    kind === 'batches'
      ? [...parts].sort((a, b) => (a.name || '9999').localeCompare(b.name || '9999'))
      : parts;
  return {
    kind,
    title: `Acceptance rate by ${column.toLowerCase()}`,
    text: 'As the directory has the address that was invited.',
    columns: [column, 'Sent', 'Accepted', 'Rate'],
    rows: sorted.map(({ name, sent, accepted }) => ({
      label: name || unknownLabel,
      url:
        name === '' ? null : invitationListUrl({ ...scopeFilterFields(scope), [column.toLowerCase()]: name }),
      value: sent === 0 ? 0 : Math.round((accepted / sent) * 1000) / 10,
      cells: [formatCount(sent), formatCount(accepted), formatPercent(accepted, sent)],
    })),
  };
}

const numberFormat = new Intl.NumberFormat('en-GB');
const percentFormat = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });

function formatCount(number: number): string {
  return numberFormat.format(number);
}

function formatCapped(max: number, number: number): string {
  return number > max ? `${formatCount(max)}+` : formatCount(number);
}

function formatPercent(part: number, whole: number): string {
  return whole === 0 ? '–' : percentFormat.format(part / whole);
}
