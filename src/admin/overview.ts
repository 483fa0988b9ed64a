import { type Request, type Response, Router } from 'express';
import type { Part, Scope } from '../invitations/figures.ts';
import { type Overview, overviewOf } from '../office/overview.ts';
import { date } from '../web/view.ts';
import { listUrl } from './invitation-list.ts';
import { nextSteps } from './next-steps.ts';
import { type OverviewQuery, overviewQuery, sameInList } from './overview-query.ts';

/** A figure, and the list of what it counts. */
type Card = Readonly<{ label: string; figure: string; hint: string; url: string }>;

/** A picture and the same as a table. `values` are what is drawn; each row has a cell for each column after the first. */
type Chart = Readonly<{
  kind: 'funnel' | 'registrations' | 'batches' | 'centers';
  title: string;
  text: string;
  columns: readonly string[];
  rows: readonly Readonly<{ label: string; url: string | null; value: number; cells: readonly string[] }>[];
}>;

/** Where staff arrive: how the inviting goes, and what there is to do next. */
export const overview = Router();
overview.get('/', showOverview);

async function showOverview(req: Request, res: Response): Promise<void> {
  const query = overviewQuery(req.query, new Date());
  const found = await overviewOf(query.scope);
  res.render('admin/overview/index', {
    query,
    isNew: found.isNew,
    batches: found.batches,
    centers: found.centers,
    cards: cardsOf(found, query),
    charts: chartsOf(found, query.scope),
    todo: await nextSteps(),
  });
}

function cardsOf(
  { figures, expiring, waiting, held, unmatched }: Overview,
  { scope }: OverviewQuery,
): Card[] {
  const list = (more: Record<string, string> = {}) => listUrl({ ...sameInList(scope), ...more });
  const who = sameInList(scope, false);
  const consents = new URLSearchParams(who).toString();
  const share = `${count(figures.accepted)} of ${count(figures.sent)}`;
  return [
    {
      label: 'Total sent',
      figure: count(figures.sent),
      hint: `of ${count(figures.invited)} invited`,
      url: list({ sent: 'yes' }),
    },
    {
      label: 'Pending',
      figure: count(figures.pending),
      hint: 'can still be accepted',
      url: list({ status: 'pending' }),
    },
    {
      label: 'Accepted',
      figure: count(figures.accepted),
      hint: 'have registered',
      url: list({ status: 'accepted' }),
    },
    {
      label: 'Acceptance rate',
      figure: percent(figures.accepted, figures.sent),
      hint: share,
      url: list({ status: 'accepted' }),
    },
    {
      label: 'Expiring within 24 hours',
      figure: count(expiring),
      hint: 'of all that are pending now',
      url: listUrl({ ...who, expiring: 'day' }, 'expires'),
    },
    {
      label: 'Bounced',
      figure: count(figures.bounced),
      hint: 'addresses to correct',
      url: list({ delivery: 'bounced' }),
    },
    {
      label: 'Waiting for consent',
      figure: count(waiting),
      hint: 'young people, now',
      url: `/admin/consents/waiting${consents && `?${consents}`}`,
    },
    {
      label: 'Held for review',
      figure: upTo(1_000, held),
      hint: 'accounts, now',
      url: '/admin/alumni/unmatched?show=held',
    },
    {
      label: 'Unmatched',
      figure: upTo(1_000, unmatched),
      hint: 'accounts without a record, now',
      url: '/admin/alumni/unmatched',
    },
  ];
}

function chartsOf({ figures, registrations, byBatch, byCenter }: Overview, scope: Scope): Chart[] {
  const { invited, sent, opened, accepted } = figures;
  const steps: [label: string, reached: number][] = [
    ['Invited', invited],
    ['Sent', sent],
    ['Opened', opened],
    ['Registered', accepted],
  ];
  const isDaily = registrations.span === 'day';
  return [
    {
      kind: 'funnel',
      title: 'From invited to registered',
      text: 'Each step counts everyone who came at least that far. A shared link counts as sent.',
      columns: ['Step', 'Invitations', 'Of those invited'],
      rows: steps.map(([label, reached]) => ({
        label,
        url: null,
        value: reached,
        cells: [count(reached), percent(reached, invited)],
      })),
    },
    {
      kind: 'registrations',
      title: isDaily ? 'Registrations by day' : 'Registrations by month',
      text: 'When people registered, whenever they were invited.',
      columns: [isDaily ? 'Day' : 'Month', 'Registered'],
      rows: registrations.points.map(({ start, registered }) => ({
        label: isDaily ? date(new Date(start)) : month.format(new Date(start)),
        url: null,
        value: registered,
        cells: [count(registered)],
      })),
    },
    partsChart('batches', byBatch, scope),
    partsChart('centers', byCenter, scope),
  ];
}

function partsChart(kind: 'batches' | 'centers', parts: readonly Part[], scope: Scope): Chart {
  const [column, unknown] =
    kind === 'batches' ? ['Batch', 'Batch not known'] : ['Center', 'Center not known'];
  const sorted =
    kind === 'batches'
      ? [...parts].sort((one, other) => (one.name || '9999').localeCompare(other.name || '9999'))
      : parts;
  return {
    kind,
    title: `Acceptance rate by ${column.toLowerCase()}`,
    text: 'As the register knows the address that was invited.',
    columns: [column, 'Sent', 'Accepted', 'Rate'],
    rows: sorted.map(({ name, sent, accepted }) => ({
      label: name || unknown,
      url: name === '' ? null : listUrl({ ...sameInList(scope), [column.toLowerCase()]: name }),
      value: sent === 0 ? 0 : Math.round((accepted / sent) * 1000) / 10,
      cells: [count(sent), count(accepted), percent(accepted, sent)],
    })),
  };
}

const month = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const numbers = new Intl.NumberFormat('en-GB');
const shares = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });

function count(number: number): string {
  return numbers.format(number);
}

function upTo(most: number, number: number): string {
  return number > most ? `${count(most)}+` : count(number);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : shares.format(part / whole);
}
