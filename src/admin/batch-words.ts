import type { Batch, BatchState } from '../batches/batch.ts';

/** A state as a badge: its tone and its words. */
export type Badge = readonly [tone: 'good' | 'wait' | 'bad' | 'off', words: string];

const badges: Readonly<Record<BatchState, Badge>> = {
  uploading: ['wait', 'Being received'],
  mapping: ['wait', 'Columns to check'],
  judging: ['wait', 'Being checked'],
  preview: ['wait', 'Ready to send'],
  sending: ['wait', 'Being sent'],
  sent: ['good', 'Sent'],
  recalling: ['wait', 'Being recalled'],
  recalled: ['bad', 'Recalled'],
};

export function badgeOf(state: BatchState): Badge {
  return badges[state];
}

const stepNames = ['Upload', 'Columns', 'Check', 'Send'];
const stepOf: Readonly<Record<BatchState, number>> = {
  uploading: 0,
  mapping: 1,
  judging: 2,
  preview: 2,
  sending: 3,
  sent: 4,
  recalling: 4,
  recalled: 4,
};

/** The line of steps, for `parts/steps`. */
export function stepsAt(state: BatchState): { label: string; state: string }[] {
  const current = stepOf[state];
  return stepNames.map((label, index) => {
    if (index === current) return { label, state: 'current' };
    return { label, state: index < current ? 'done' : 'open' };
  });
}

/** How far the worker has come, where it is at work. */
export type Progress = Readonly<{ title: string; done: number; total: number; words: string }>;

export function progressOf(batch: Batch, state: BatchState, recallable: number): Progress | null {
  const { judged, rowCount, target, done, skipped, recalled } = batch;
  const number = (count: number) => count.toLocaleString('en');
  if (state === 'uploading') {
    return { title: 'The file is being received', done: 0, total: 0, words: 'It takes a moment.' };
  }
  if (state === 'judging') {
    const words = `${number(judged)} of ${number(rowCount)} rows are checked.`;
    return { title: 'Checking every row', done: judged, total: rowCount, words };
  }
  if (state === 'sending') {
    const words = `${number(done + skipped)} of ${number(target ?? 0)} are dealt with.`;
    return { title: 'Sending the invitations', done: done + skipped, total: target ?? 0, words };
  }
  if (state !== 'recalling') return null;
  const total = recalled + recallable;
  const words = `${number(recalled)} of ${number(total)} are taken back.`;
  return { title: 'Recalling the batch', done: recalled, total, words };
}
