import type { VisitKind, Visits } from '../invitations/visits.ts';
import { dateTime } from '../web/view.ts';
import { fieldsInWords } from './field-words.ts';
import type { Moment } from './timeline.ts';

const words: Readonly<Record<VisitKind, readonly [title: string, tone: Moment['tone']]>> = {
  scanner: ['Link opened by a program that checks mail', 'plain'],
  unconfirmed: ['Link fetched, but nobody looked at the page', 'plain'],
  person: ['Link opened by a person', 'good'],
  dead: ['Link opened when it no longer worked', 'bad'],
  'form-error': ['Registration form sent and refused', 'bad'],
};

/** Visits of one kind, at their first: a scanner may come a thousand times. */
export function momentOfVisits({ kind, about, firstAt, lastAt, times }: Visits): Moment {
  const [title, tone] = words[kind];
  const what = kind === 'form-error' ? `because of ${fieldsInWords(about.split(' '))}` : about;
  const often = times === 1 ? '' : `, ${times} times, last on ${dateTime(lastAt)}`;
  return { at: firstAt, title, text: `${what}${often}`, tone };
}
