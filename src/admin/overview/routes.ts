import { type Request, type Response, Router } from 'express';
import type { FiguresScope, GroupedFigures } from '../../invitations/figures.ts';
import { formatDate, formatMonth } from '../../platform/i18n/dates.ts';
import { formatNumber, formatPercent, t } from '../../platform/i18n/i18n.ts';
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
  return [
    {
      label: t('overview:cards.sent'),
      figure: formatNumber(figures.sent),
      hint: t('overview:cards.sentHint', { count: figures.invited }),
      url: filteredListUrl({ sent: 'yes' }),
    },
    {
      label: t('overview:cards.pending'),
      figure: formatNumber(figures.pending),
      hint: t('overview:cards.pendingHint'),
      url: filteredListUrl({ status: 'pending' }),
    },
    {
      label: t('overview:cards.accepted'),
      figure: formatNumber(figures.accepted),
      hint: t('overview:cards.acceptedHint', { count: figures.accepted }),
      url: filteredListUrl({ status: 'accepted' }),
    },
    {
      label: t('overview:cards.rate'),
      figure: formatShare(figures.accepted, figures.sent),
      hint: t('overview:cards.rateHint', { accepted: figures.accepted, sent: figures.sent }),
      url: filteredListUrl({ status: 'accepted' }),
    },
    {
      label: t('overview:cards.expiring'),
      figure: formatNumber(expiring),
      hint: t('overview:cards.expiringHint'),
      url: invitationListUrl({ ...scopeFields, expiring: 'day' }, 'expires'),
    },
    {
      label: t('overview:cards.bounced'),
      figure: formatNumber(figures.bounced),
      hint: t('overview:cards.bouncedHint', { count: figures.bounced }),
      url: filteredListUrl({ delivery: 'bounced' }),
    },
    {
      label: t('overview:cards.consent'),
      figure: formatNumber(awaitingConsent),
      hint: t('overview:cards.consentHint', { count: awaitingConsent }),
      url: `/admin/consents/waiting${consentQuery && `?${consentQuery}`}`,
    },
    {
      label: t('overview:cards.held'),
      figure: formatCapped(1_000, heldForReview),
      hint: t('overview:cards.heldHint', { count: heldForReview }),
      url: '/admin/alumni/unmatched?show=held-for-review',
    },
    {
      label: t('overview:cards.unmatched'),
      figure: formatCapped(1_000, unmatched),
      hint: t('overview:cards.unmatchedHint', { count: unmatched }),
      url: '/admin/alumni/unmatched',
    },
  ];
}

function buildCharts({ figures, registrations, byBatch, byCenter }: Overview, scope: FiguresScope): Chart[] {
  const { invited, sent, opened, accepted } = figures;
  const steps: [label: string, count: number][] = [
    [t('overview:charts.funnel.invited'), invited],
    [t('overview:charts.funnel.sent'), sent],
    [t('overview:charts.funnel.opened'), opened],
    [t('overview:charts.funnel.registered'), accepted],
  ];
  const isDaily = registrations.interval === 'day';
  return [
    {
      kind: 'funnel',
      title: t('overview:charts.funnel.title'),
      text: t('overview:charts.funnel.text'),
      columns: [
        t('overview:charts.funnel.step'),
        t('overview:charts.funnel.invitations'),
        t('overview:charts.funnel.share'),
      ],
      rows: steps.map(([label, count]) => ({
        label,
        url: null,
        value: count,
        cells: [formatNumber(count), formatShare(count, invited)],
      })),
    },
    {
      kind: 'registrations',
      title: isDaily ? t('overview:charts.registrations.byDay') : t('overview:charts.registrations.byMonth'),
      text: t('overview:charts.registrations.text'),
      columns: [
        isDaily ? t('overview:charts.registrations.day') : t('overview:charts.registrations.month'),
        t('overview:charts.registrations.registered'),
      ],
      rows: registrations.points.map(({ start, registered }) => ({
        label: isDaily ? formatDate(start) : formatMonth(start),
        url: null,
        value: registered,
        cells: [formatNumber(registered)],
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
  const field = kind === 'batches' ? 'batch' : 'center';
  const sorted =
    kind === 'batches'
      ? [...parts].sort((a, b) => (a.name || '9999').localeCompare(b.name || '9999'))
      : parts;
  return {
    kind,
    title: t(`overview:charts.parts.${kind}`),
    text: t('overview:charts.parts.text'),
    columns: [
      t(`overview:charts.parts.${field}`),
      t('overview:charts.parts.sent'),
      t('overview:charts.parts.accepted'),
      t('overview:charts.parts.rate'),
    ],
    rows: sorted.map(({ name, sent, accepted }) => ({
      label: name || t(`overview:charts.parts.${field}Unknown`),
      url: name === '' ? null : invitationListUrl({ ...scopeFilterFields(scope), [field]: name }),
      value: sent === 0 ? 0 : Math.round((accepted / sent) * 1000) / 10,
      cells: [formatNumber(sent), formatNumber(accepted), formatShare(accepted, sent)],
    })),
  };
}

function formatCapped(max: number, number: number): string {
  return number > max ? t('overview:cards.moreThan', { count: max }) : formatNumber(number);
}

function formatShare(part: number, whole: number): string {
  return whole === 0 ? t('overview:charts.noRate') : formatPercent(part / whole, 1);
}
