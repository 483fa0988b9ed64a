import type { LinkOpen, LinkOpenKind } from '../../invitations/opens/link-open.ts';
import { formatDateTime } from '../../platform/i18n/dates.ts';
import type { TimelineEntry } from '../timeline-entry.ts';
import { describeFields } from './field-labels.ts';

const openLabels: Readonly<Record<LinkOpenKind, readonly [title: string, tone: TimelineEntry['tone']]>> = {
  scanner: ['Link opened by a program that checks mail', 'plain'],
  unconfirmed: ['Link fetched, but nobody looked at the page', 'plain'],
  person: ['Link opened by a person', 'good'],
  invalid: ['Link opened when it no longer worked', 'bad'],
  'form-error': ['Registration form sent and refused', 'bad'],
};

/** One entry for all opens of a kind, at the time of the first: a scanner may open a link a thousand times. */
export function linkOpenEntry({ kind, detail, firstAt, lastAt, openCount }: LinkOpen): TimelineEntry {
  const [title, tone] = openLabels[kind];
  const description = kind === 'form-error' ? `because of ${describeFields(detail.split(' '))}` : detail;
  const occurrences = openCount === 1 ? '' : `, ${openCount} times, last on ${formatDateTime(lastAt)}`;
  return { at: firstAt, title, text: `${description}${occurrences}`, tone };
}
