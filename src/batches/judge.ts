import { rows } from '../database.ts';
import type { Batch } from './batch.ts';
import { cellsByColumn } from './columns.ts';
import type { Facts, FitRow, Judgement, Purpose } from './purpose.ts';
import { purposeOf } from './purposes.ts';

const ROWS_AT_ONCE = 5_000;

type Verdict = Readonly<{ line: number; key: string | null; facts: Facts | null } & Judgement>;

/** One step: judges the next some thousand rows, or notes that all are judged. */
export async function judgeStep(batch: Batch): Promise<void> {
  const purpose = purposeOf(batch);
  const raw = await rows<{ line: number; cells: string[] }>(
    `select line, cells from batch_rows where batch_id = $1 and line > $2 order by line limit ${ROWS_AT_ONCE}`,
    [batch.id, batch.lastLine],
  );
  if (raw.length === 0) return finish(batch, purpose);
  const read = await purpose.reader(batch);
  const verdicts: Verdict[] = [];
  const fit: FitRow[] = [];
  for (const { line, cells } of raw) {
    const reading = read(cellsByColumn(batch.places, cells), cells);
    if ('key' in reading) fit.push({ line, ...reading });
    else verdicts.push({ line, key: null, facts: null, verdict: 'invalid', remark: reading.fault });
  }
  const { unique, repeated } = await apart(batch, purpose, fit);
  verdicts.push(...repeated);
  const judged = await purpose.judge(unique);
  for (const row of unique) {
    const judgement = judged.get(row.line);
    if (!judgement) throw new Error(`line ${row.line} has no verdict`);
    verdicts.push({ ...row, ...judgement });
  }
  await keep(batch, verdicts);
}

/** The rows whose key no earlier row of the file has, and the others. */
async function apart(
  batch: Batch,
  { keyName }: Purpose,
  fit: readonly FitRow[],
): Promise<{ unique: FitRow[]; repeated: Verdict[] }> {
  const earlier = await rows<{ key: string; line: number }>(
    `select key, min(line) as line from batch_rows
     where batch_id = $1 and key = any($2::text[]) and line <= $3 group by key`,
    [batch.id, fit.map(({ key }) => key), batch.lastLine],
  );
  const first = new Map(earlier.map(({ key, line }) => [key, line]));
  const unique: FitRow[] = [];
  const repeated: Verdict[] = [];
  for (const row of fit) {
    const before = first.get(row.key);
    if (before === undefined) {
      first.set(row.key, row.line);
      unique.push(row);
    } else {
      const remark = `Line ${before} has the same ${keyName}`;
      repeated.push({ ...row, verdict: 'duplicate', remark });
    }
  }
  return { unique, repeated };
}

async function keep(batch: Batch, verdicts: readonly Verdict[]): Promise<void> {
  await rows(
    `update batch_rows r set key = given.key, facts = given.facts, verdict = given.verdict, remark = given.remark
     from unnest($2::int[], $3::text[], $4::jsonb[], $5::text[], $6::text[])
       as given (line, key, facts, verdict, remark)
     where r.batch_id = $1 and r.line = given.line`,
    [
      batch.id,
      verdicts.map(({ line }) => line),
      verdicts.map(({ key }) => key),
      verdicts.map(({ facts }) => facts && JSON.stringify(facts)),
      verdicts.map(({ verdict }) => verdict),
      verdicts.map(({ remark }) => remark),
    ],
  );
  const last = Math.max(...verdicts.map(({ line }) => line));
  await rows('update batches set last_line = $2, judged = judged + $3 where id = $1', [
    batch.id,
    last,
    verdicts.length,
  ]);
}

// What somebody has chosen stays chosen when the columns are said anew.
async function finish(batch: Batch, purpose: Purpose): Promise<void> {
  const choices = batch.choices.included ? batch.choices : await purpose.usualChoices();
  await rows(
    `update batches set judged_at = now(), last_line = 0, choices = $2::jsonb, verdicts = coalesce(
       (select jsonb_object_agg(verdict, count) from (
         select verdict, count(*) from batch_rows where batch_id = $1 and verdict is not null group by verdict) counted),
       '{}')
     where id = $1`,
    [batch.id, JSON.stringify(choices)],
  );
}
