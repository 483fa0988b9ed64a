import { setImmediate as soon } from 'node:timers/promises';
import { queryRows } from '../../platform/db/database.ts';

/** Something that happens at a moment of the story. Times are milliseconds since 1970. */
type SimulationStep = Readonly<{ at: number; run: () => Promise<unknown> }>;

/** Adds a step to a story, also while it is being told; what would lie in the future never happens. */
export type Schedule = (at: number, run: SimulationStep['run']) => void;

type CompletedStep = Readonly<{ at: number; began: number }>;
type DatedTable = Readonly<{ table: string; columns: string[]; hasTriggers: boolean }>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The worker of the story: what it does by the clock, and what is queued. */
type SimulatedWorker = Readonly<{ tick(): Promise<void>; work(): Promise<void> }>;

/** To let time pass costs as much as dozens of steps. The worker’s clock strikes as rarely, so a reminder can be late. */
const STEP_GROUP_MS = 3 * DAY;

/**
 * Tells a story that ends at `now`. The product's operations date everything at the moment when they run. So what happens
 * within three days of the story is done at once, step by step, and then time is let pass until the next step.
 */
export async function runSimulation(
  now: number,
  scheduleSteps: (at: Schedule) => void,
  worker: SimulatedWorker,
): Promise<void> {
  const tables = await listDatedTables();
  const pending: SimulationStep[] = [];
  scheduleSteps((at, run) => {
    if (at < now) pending.push({ at, run });
  });
  const completed: CompletedStep[] = [];
  let groupStart = 0;
  const advanceTo = async (time: number) => {
    await moveDatesBack(
      completed.slice(groupStart),
      time,
      tables.filter(({ table }) => table !== 'alumni_members'),
    );
    groupStart = completed.length;
    await worker.tick();
    await worker.work();
  };
  while (pending.length > 0) {
    pending.sort((one, other) => other.at - one.at);
    const { at, run } = pending.pop() as SimulationStep;
    const first = completed[groupStart];
    if (first && Math.floor(at / STEP_GROUP_MS) > Math.floor(first.at / STEP_GROUP_MS)) await advanceTo(at);
    const began = await waitForNextMillisecond();
    const before = completed.at(-1);
    // Never before what the step before this one did, however long that took.
    completed.push({ at: before ? Math.max(at, before.at + began - before.began) : at, began });
    await run();
    await worker.work();
  }
  // The records came with the first step, and nothing asks for their age: to move them each time would take too long.
  await moveDatesBack(
    completed.slice(0, 1),
    now,
    tables.filter(({ table }) => table === 'alumni_members'),
  );
  await advanceTo(now);
}

/**
 * Moves every date in the database back, so that it is as long before this moment as it was before `until` in the story.
 * What the first of these steps found, or made, moves by one duration; what later steps made moves less, by the hours
 * between them. A date ahead, such as an expiry, belongs to the step that it lies whole days after (or a code's minutes).
 */
async function moveDatesBack(
  steps: readonly CompletedStep[],
  until: number,
  tables: readonly DatedTable[],
): Promise<void> {
  const ended = await waitForNextMillisecond();
  const durations = steps.map(({ at, began }) => (until - at - (ended - began)) / 1000);
  const starts = [...steps.map(({ began }) => began), ended].map(
    (time) => `'${new Date(time).toISOString()}'`,
  );
  const moved = (column: string) => `${column} = pg_temp.moved(${column})`;
  const moves = tables.map(({ table, columns, hasTriggers }) => {
    const update = `update ${table} set ${columns.map(moved).join(', ')}`;
    // What is append-only, or derives dates itself, does so for the product; this is the owner of the tables.
    return hasTriggers
      ? `alter table ${table} disable trigger user; ${update}; alter table ${table} enable trigger user`
      : update;
  });
  await queryRows(`create or replace function pg_temp.moved(date timestamptz) returns timestamptz language sql stable
    return (select date - make_interval(secs => (array[${[durations[0], ...durations, durations[0]]}]::float8[])[1 + width_bucket(
        date - make_interval(secs => greatest(0, floor(ahead / unit) * unit)), array[${starts}]::timestamptz[])])
      from (select extract(epoch from date - ${starts[0]}::timestamptz) as ahead) a,
        lateral (select case when ahead < 86400 then 600 else 86400 end as unit) u);
    ${moves.join(';\n')}`);
}

function listDatedTables(): Promise<DatedTable[]> {
  return queryRows<DatedTable>(
    `select quote_ident(table_name) as table, array_agg(quote_ident(column_name)::text) as columns,
       exists (select from pg_trigger where tgrelid = table_name::regclass and not tgisinternal) as has_triggers
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE'
       and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
     group by table_name`,
  );
}

// No two steps share a millisecond, which is as exactly as JavaScript dates what they make.
async function waitForNextMillisecond(): Promise<number> {
  const before = Date.now();
  while (Date.now() === before) await soon();
  return Date.now();
}
