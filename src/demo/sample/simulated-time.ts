import { setImmediate as soon } from 'node:timers/promises';
import { queryRows } from '../../platform/db/database.ts';

/** An action at a simulated time, in milliseconds since 1970. */
type SimulationStep = Readonly<{ at: number; run: () => Promise<unknown> }>;

/** Adds a step, possibly while the simulation runs. Steps in the future are ignored. */
export type Schedule = (at: number, run: SimulationStep['run']) => void;

type CompletedStep = Readonly<{ at: number; began: number }>;
type DatedTable = Readonly<{ table: string; columns: string[]; hasTriggers: boolean }>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The simulated worker: `tick` runs scheduled tasks, `work` runs queued jobs. */
type SimulatedWorker = Readonly<{ tick(): Promise<void>; work(): Promise<void> }>;

/** Moving dates costs as much as dozens of steps, so it happens every three days. Reminders can be late by that much. */
const STEP_GROUP_MS = 3 * DAY;

/**
 * Runs a simulation that ends at `now`. Operations use the current time, so the steps of three simulated days run immediately
 * after each other; then all dates in the database are moved back to where they belong.
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
    pending.sort((left, right) => right.at - left.at);
    const { at, run } = pending.pop() as SimulationStep;
    const first = completed[groupStart];
    if (first && Math.floor(at / STEP_GROUP_MS) > Math.floor(first.at / STEP_GROUP_MS)) await advanceTo(at);
    const began = await waitForNextMillisecond();
    const previous = completed.at(-1);
    // Not earlier than the end of the previous step, however long that took.
    completed.push({ at: previous ? Math.max(at, previous.at + began - previous.began) : at, began });
    await run();
    await worker.work();
  }
  // The records are imported in the first step and no rule depends on their dates, so they are moved only once.
  await moveDatesBack(
    completed.slice(0, 1),
    now,
    tables.filter(({ table }) => table === 'alumni_members'),
  );
  await advanceTo(now);
}

/**
 * Moves every date in the database back, so that its distance to now equals its simulated distance to `until`. Dates set by
 * later steps move less than dates set by earlier ones. A future date, such as the expiry of a code, belongs to the step that lies a
 * whole number of days (or ten minutes, for codes) before it.
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
  const moves = tables.map(({ table, columns, hasTriggers }) => {
    const update = `update ${table} set ${columns.map((column) => setMoved(table, column, ended - until)).join(', ')}`;
    // Triggers would reject updates of append-only tables or change the dates; the owner may disable them.
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

/**
 * An invitation expires at the end of a simulated day, not a number of hours after its link was made. @param ahead how far
 * the clock is ahead of the simulated one; less than ten minutes is only the duration of the simulation
 */
function setMoved(table: string, column: string, ahead: number): string {
  if (table !== 'invitations' || column !== 'expires_at') return `${column} = pg_temp.moved(${column})`;
  const interval = `interval '${Math.trunc(ahead / (10 * MINUTE)) * 10} minutes'`;
  return `expires_at = ${interval} + end_of_office_day((select max(l.created_at) - ${interval}
    from invitation_links l where l.invitation_id = invitations.id), validity_days)`;
}

/** Lists the tables in an order in which invitations follow their links. */
function listDatedTables(): Promise<DatedTable[]> {
  return queryRows<DatedTable>(
    `select quote_ident(table_name) as table, array_agg(quote_ident(column_name)::text) as columns,
       exists (select from pg_trigger where tgrelid = table_name::regclass and not tgisinternal) as has_triggers
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = current_schema() and table_type = 'BASE TABLE'
       and data_type = 'timestamp with time zone' and is_generated = 'NEVER'
     group by table_name order by table_name`,
  );
}

// JavaScript dates have a resolution of a millisecond, so each step starts in a new one.
async function waitForNextMillisecond(): Promise<number> {
  const before = Date.now();
  while (Date.now() === before) await soon();
  return Date.now();
}
