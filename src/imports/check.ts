import { rows } from '../database.ts';
import type { Import } from './import.ts';
import { type Check, kindOf, type ReadRow, type Values } from './kind.ts';

const ROWS_AT_ONCE = 2_000;

type Checked = Readonly<{ line: number; key: string | null; values: Values | null } & Check>;

/** One step: checks the next some thousand rows, or counts what was found. */
export async function checkStep(one: Import): Promise<void> {
  const next = await rows<{ line: number; cells: string[] }>(
    `select line, cells from import_rows where import_id = $1 and line > $2 order by line limit ${ROWS_AT_ONCE}`,
    [one.id, one.lastLine],
  );
  if (next.length === 0) return finish(one);
  const { reader, check } = kindOf(one);
  const read = await reader(one);
  const readable: ReadRow[] = [];
  const checked: Checked[] = [];
  for (const { line, cells } of next) {
    const named = Object.entries(one.columns).map(([name, position]) => [name, cells[position] ?? '']);
    const reading = read(Object.fromEntries(named), cells);
    if ('key' in reading) readable.push({ line, ...reading });
    else
      checked.push({ line, key: null, values: null, status: 'invalid', remark: reading.fault, before: null });
  }
  const { unique, repeated } = await separate(one, readable);
  const checks = await check(unique);
  checked.push(...repeated, ...unique.flatMap((row, index) => ({ ...row, ...(checks[index] as Check) })));
  await store(one, checked);
}

/** The rows whose key no earlier row of the file has, and the others. */
async function separate(
  one: Import,
  readable: readonly ReadRow[],
): Promise<{ unique: ReadRow[]; repeated: Checked[] }> {
  const earlier = await rows<{ key: string; line: number }>(
    `select key, min(line) as line from import_rows
     where import_id = $1 and key = any($2::text[]) and line <= $3 group by key`,
    [one.id, readable.map(({ key }) => key), one.lastLine],
  );
  const first = new Map(earlier.map(({ key, line }) => [key, line]));
  const unique: ReadRow[] = [];
  const repeated: Checked[] = [];
  for (const row of readable) {
    const before = first.get(row.key);
    if (before === undefined) {
      first.set(row.key, row.line);
      unique.push(row);
    } else {
      const remark = `Line ${before} has the same ${kindOf(one).keyName}`;
      repeated.push({ ...row, status: 'duplicate', remark, before: null });
    }
  }
  return { unique, repeated };
}

async function store(one: Import, checked: readonly Checked[]): Promise<void> {
  await rows(
    `update import_rows r set key = given.key, values = given.values, status = given.status, remark = given.remark,
       before = given.before
     from unnest($2::int[], $3::text[], $4::jsonb[], $5::text[], $6::text[], $7::jsonb[])
       as given (line, key, values, status, remark, before)
     where r.import_id = $1 and r.line = given.line`,
    [
      one.id,
      checked.map(({ line }) => line),
      checked.map(({ key }) => key),
      checked.map(({ values }) => values && JSON.stringify(values)),
      checked.map(({ status }) => status),
      checked.map(({ remark }) => remark),
      checked.map(({ before }) => before && JSON.stringify(before)),
    ],
  );
  const last = Math.max(...checked.map(({ line }) => line));
  await one.update({ lastLine: last, checked: one.checked + checked.length });
}

async function finish({ id }: Import): Promise<void> {
  await rows(
    `update imports set checked_at = now(), last_line = 0, statuses = coalesce(
       (select jsonb_object_agg(status, count) from (
         select status, count(*) from import_rows where import_id = $1 and status is not null group by status) counted),
       '{}')
     where id = $1`,
    [id],
  );
}
