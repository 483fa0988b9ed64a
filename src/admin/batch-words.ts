import type { Batch, BatchState, PurposeName } from '../batches/batch.ts';

/** What pages call a file's purpose, its rows, and what is done with them. */
export type PurposeWords = Readonly<{
  title: string;
  listUrl: string;
  newUrl: string;
  /** The last step and its button: “Send 3 invitations”. */
  act: string;
  one: string;
  many: string;
  /** “3 of 4 rows will be invited”. */
  done: string;
  doneHeading: string;
  sending: string;
  /** The columns that name a row: on its own page's link, and beside it. */
  rowNames: readonly (readonly string[])[];
  rowHeadings: readonly [string, string];
  resultUrl: string;
}>;

const purposeWords: Readonly<Record<PurposeName, PurposeWords>> = {
  invitations: {
    title: 'Invite many',
    listUrl: '/admin/batches',
    newUrl: '/admin/batches/new',
    act: 'Send',
    one: 'invitation',
    many: 'invitations',
    done: 'invited',
    doneHeading: 'Invited',
    sending: 'Sending the invitations',
    rowNames: [['email'], ['firstName', 'name']],
    rowHeadings: ['Address', 'Name'],
    resultUrl: '/admin/invitations',
  },
  records: {
    title: 'Import into the register',
    listUrl: '/admin/batches?purpose=records',
    newUrl: '/admin/batches/new?purpose=records',
    act: 'Import',
    one: 'row',
    many: 'rows',
    done: 'imported',
    doneHeading: 'Imported',
    sending: 'Importing into the register',
    rowNames: [['first_name', 'last_name'], ['external_id']],
    rowHeadings: ['Person', 'Id'],
    resultUrl: '/admin/alumni',
  },
};

export function wordsFor(purpose: PurposeName): PurposeWords {
  return purposeWords[purpose];
}

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

const importBadges: Readonly<Partial<Record<BatchState, Badge>>> = {
  preview: ['wait', 'Ready to import'],
  sending: ['wait', 'Being imported'],
  sent: ['good', 'Imported'],
};

export function badgeOf(purpose: PurposeName, state: BatchState): Badge {
  return (purpose === 'records' && importBadges[state]) || badges[state];
}

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
export function stepsAt(purpose: PurposeName, state: BatchState): { label: string; state: string }[] {
  const current = stepOf[state];
  const labels = ['Upload', 'Columns', 'Check', wordsFor(purpose).act];
  return labels.map((label, index) => {
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
    return { title: wordsFor(batch.purpose).sending, done: done + skipped, total: target ?? 0, words };
  }
  if (state !== 'recalling') return null;
  const total = recalled + recallable;
  const words = `${number(recalled)} of ${number(total)} are taken back.`;
  return { title: 'Recalling the batch', done: recalled, total, words };
}
