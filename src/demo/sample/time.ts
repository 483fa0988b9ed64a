import { setImmediate as soon } from 'node:timers/promises';
import { rows } from '../../database.ts';

/** Something that happens at a moment of the story. Times are milliseconds since 1970. */
type Step = Readonly<{ at: number; happen: () => Promise<unknown> }>;

/** Adds a step to a story, also while it is being told; what would lie in the future never happens. */
export type Schedule = (at: number, happen: Step['happen']) => void;

type Told = Readonly<{ at: number; began: number }>;
type Table = Readonly<{ table: string; columns: string[]; hasTriggers: boolean }>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The worker of the story: what it does by the clock, and what is queued. */
type Worker = Readonly<{ tick(): Promise<void>; work(): Promise<void> }>;

/** To let time pass costs as much as dozens of steps. The worker’s clock strikes as rarely, so a reminder can be late. */
const AT_ONCE = 3 * DAY;

/**
 * Tells a story that ends at `now`. The product's operations date everything at the moment when they run. So what happens
 * within three days of the story is done at once, step by step, and then time is let pass until the next step.
 */
export async function tell(now: number, story: (at: Schedule) => void, worker: Worker): Promise<void> {
  const tables = await datedTables();
  const ahead: Step[] = [];
  story((at, happen) => {
    if (at < now) ahead.push({ at, happen });
  });
  const told: Told[] = [];
  let since = 0;
  const goOnAt = async (time: number) => {
    await letTimePass(
      told.slice(since),
      time,
      tables.filter(({ table }) => table !== 'alumni_members'),
    );
    since = told.length;
    await worker.tick();
    await worker.work();
  };
  while (ahead.length > 0) {
    ahead.sort((one, other) => other.at - one.at);
    const { at, happen } = ahead.pop() as Step;
    const first = told[since];
    if (first && Math.floor(at / AT_ONCE) > Math.floor(first.at / AT_ONCE)) await goOnAt(at);
    const began = await nextMillisecond();
    const before = told.at(-1);
    // Never before what the step before this one did, however long that took.
    told.push({ at: before ? Math.max(at, before.at + began - before.began) : at, began });
    await happen();
    await worker.work();
  }
  // The records came with the first step, and nothing asks for their age: to move them each time would take too long.
  await letTimePass(
    told.slice(0, 1),
    now,
    tables.filter(({ table }) => table === 'alumni_members'),
  );
  await goOnAt(now);
}

/**
 * Moves every date in the database back, so that it is as long before this moment as it was before `until` in the story.
 * What the first of these steps found, or made, moves by one duration; what later steps made moves less, by the hours
 * between them. A date ahead, such as an expiry, belongs to the step that it lies whole days after (or a code's minutes).
 */
async function letTimePass(steps: readonly Told[], until: number, tables: readonly Table[]): Promise<void> {
  const ended = await nextMillisecond();
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
  await rows(`create or replace function pg_temp.moved(date timestamptz) returns timestamptz language sql stable
    return (select date - make_interval(secs => (array[${[durations[0], ...durations, durations[0]]}]::float8[])[1 + width_bucket(
        date - make_interval(secs => greatest(0, floor(ahead / unit) * unit)), array[${starts}]::timestamptz[])])
      from (select extract(epoch from date - ${starts[0]}::timestamptz) as ahead) a,
        lateral (select case when ahead < 86400 then 600 else 86400 end as unit) u);
    ${moves.join(';\n')}`);
}

function datedTables(): Promise<Table[]> {
  return rows<Table>(
    `select quote_ident(table_name) as table, array_agg(quote_ident(column_name)::text) as columns,
       exists (select from pg_trigger where tgrelid = table_name::regclass and not tgisinternal) as has_triggers
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE'
       and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
     group by table_name`,
  );
}

// No two steps share a millisecond, which is as exactly as JavaScript dates what they make.
async function nextMillisecond(): Promise<number> {
  const before = Date.now();
  while (Date.now() === before) await soon();
  return Date.now();
}
