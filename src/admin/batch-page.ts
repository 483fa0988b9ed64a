import type { Request } from 'express';
import { type Batch, countIncluded, stateOf } from '../batches/batch.ts';
import { verdictsOf } from '../batches/purpose.ts';
import { purposeOf } from '../batches/purposes.ts';
import { type ListedRow, listRows, outcomeInWords } from '../batches/rows.ts';
import { answersTo, choicesInWords } from '../batches/summary.ts';
import { badgeOf, progressOf, stepsAt, wordsFor } from './batch-words.ts';
import { cursorIn, one, pagesAround } from './list-query.ts';

type Locals = Record<string, unknown>;

/** What the page of a batch shows: how far the worker is, the preview, or the result. */
export async function pageOfBatch(batch: Batch, req: Request): Promise<Locals> {
  const state = stateOf(batch);
  const answers = await answersTo(batch);
  const words = wordsFor(batch.purpose);
  const steps = stepsAt(batch.purpose, state);
  const common = { batch, state, words, badge: badgeOf(batch.purpose, state), steps, answers };
  const progress = progressOf(batch, state, answers.open);
  if (progress) return { ...common, progress };
  return {
    ...common,
    progress,
    count: countIncluded(batch),
    choices: await choicesInWords(batch),
    verdicts: verdictsIn(batch),
    leftOut: reasonsIn(batch),
    ...(await rowsIn(batch, req)),
  };
}

/** The verdicts that a batch has, in the order of their purpose. */
export function verdictsIn(batch: Batch) {
  const included = new Set(batch.choices.included);
  return Object.entries(verdictsOf(purposeOf(batch)))
    .map(([name, { included: usual, ...verdict }]) => ({
      ...verdict,
      name,
      usual,
      count: batch.verdicts[name] ?? 0,
      isIncluded: included.has(name),
    }))
    .filter(({ count }) => count > 0);
}

/** Why included rows were left out when their turn came, the most first. */
function reasonsIn(batch: Batch): { why: string; count: number }[] {
  const { skips } = purposeOf(batch);
  return Object.entries(batch.outcomes)
    .filter(([outcome]) => outcome in skips)
    .map(([outcome, count]) => ({ why: skips[outcome] ?? outcome, count }))
    .sort((one, other) => other.count - one.count);
}

async function rowsIn(batch: Batch, req: Request): Promise<Locals> {
  const known = verdictsOf(purposeOf(batch));
  const asked = one(req.query.verdict);
  const verdict = Object.hasOwn(known, asked) ? asked : null;
  const leftOut = one(req.query.left) === 'out';
  const page = await listRows(batch, { verdict, leftOut }, cursorIn(req.query));
  const items = page.items.map((row) => ({ ...row, ...inWords(batch, row) }));
  return { rows: items, filter: { verdict, leftOut }, urls: pagesAround(req, page) };
}

function inWords(batch: Batch, row: ListedRow) {
  const purpose = purposeOf(batch);
  const verdict = verdictsOf(purpose)[row.verdict];
  const said = (column: string) => {
    const fact = row.facts?.[column];
    return typeof fact === 'string' && fact ? fact : (row.cells[batch.places[column] ?? -1] ?? '');
  };
  const [title, ...others] = wordsFor(batch.purpose).rowNames.map((columns) =>
    columns.map(said).join(' ').trim(),
  );
  return {
    title: title || row.cells.join(' ').trim() || '–',
    name: others.join(' '),
    label: verdict?.label ?? row.verdict,
    tone: verdict?.tone ?? 'off',
    becomes: outcomeInWords(purpose, row),
  };
}
