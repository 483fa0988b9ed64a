import type { LinkOpen, LinkOpenKind } from '../../invitations/opens/link-open.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { TimelineEntry } from '../timeline-entry.ts';
import { listFieldLabels } from './field-labels.ts';

const tones: Readonly<Record<LinkOpenKind, TimelineEntry['tone']>> = {
  scanner: 'plain',
  unconfirmed: 'plain',
  person: 'good',
  invalid: 'bad',
  'form-error': 'bad',
};

/** One entry for all opens of a kind, at the time of the first: a scanner may open a link a thousand times. */
export function linkOpenEntry({ kind, detail, firstAt, lastAt, openCount }: LinkOpen): TimelineEntry {
  const description =
    kind === 'form-error'
      ? t('invitations:timeline.formProblem', { fields: listFieldLabels(detail.split(' ')) })
      : detail;
  const text =
    openCount === 1
      ? description
      : t('invitations:timeline.opensAgain', { detail: description, count: openCount, at: lastAt });
  return { at: firstAt, title: t(`invitations:timeline.opens.${kind}`), text, tone: tones[kind] };
}
