import { setImmediate as soon } from 'node:timers/promises';
import { inTransaction, rows } from '../../database.ts';

/** Something that happens at a moment of the story. Times are milliseconds since 1970. */
type Step = Readonly<{ at: number; happen: () => Promise<unknown> }>;

/** Adds a step to a story, also while it is being told; what would lie in the future never happens. */
export type Schedule = (at: number, happen: Step['happen']) => void;

type Told = Readonly<{ at: number; began: number }>;
type Table = Readonly<{ table: string; columns: string[]; hasTriggers: boolean }>;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * Tells a story that ends at `now`. The product's operations date everything at the moment when they run. So what happens
 * on one day of the story is done at once, step by step, and then time is let pass until the next day.
 * @param afterwards what follows each step at once: the worker's part
 */
export async function tell(
  now: number,
  story: (at: Schedule) => void,
  afterwards: () => Promise<unknown>,
): Promise<void> {
  const tables = await datedTables();
  const ahead: Step[] = [];
  story((at, happen) => {
    if (at < now) ahead.push({ at, happen });
  });
  let day: Told[] = [];
  while (ahead.length > 0) {
    ahead.sort((one, other) => other.at - one.at);
    const { at, happen } = ahead.pop() as Step;
    if (day[0] && Math.floor(at / DAY) > Math.floor(day[0].at / DAY)) {
      await letTimePass(day, at, tables);
      day = [];
    }
    day.push({ at, began: await nextMillisecond() });
    await happen();
    await afterwards();
  }
  await letTimePass(day, now, tables);
}

/**
 * Moves every date in the database back, so that it is as long before this moment as it was before `until` in the story.
 * What the first step of a day found, or made, moves by one duration; what later steps made moves less, by the hours
 * between them. A date ahead, such as an expiry, belongs to the step that it lies whole days after (or a code's minutes).
 */
async function letTimePass(day: readonly Told[], until: number, tables: readonly Table[]): Promise<void> {
  const ended = await nextMillisecond();
  const starts = [...day.map(({ began }) => began), ended].map((time) => new Date(time).toISOString());
  const durations = day.map(({ at, began }) => (until - at - (ended - began)) / 1000);
  const [first] = durations;
  const shift = (column: string) => {
    const ahead = `extract(epoch from ${column} - ($1::timestamptz[])[1])`;
    const unit = `case when ${ahead} < 86400 then 600 else 86400 end`;
    const madeAt = `${column} - make_interval(secs => greatest(0, floor(${ahead} / ${unit}) * ${unit}))`;
    const step = `width_bucket(${madeAt}, $1::timestamptz[])`;
    return `${column} = ${column} - make_interval(secs => ($2::float8[])[1 + ${step}])`;
  };
  await inTransaction(async () => {
    for (const { table, columns, hasTriggers } of tables) {
      // What is append-only, or derives dates itself, does so for the product; this is the owner of the tables.
      if (hasTriggers) await rows(`alter table ${table} disable trigger user`);
      await rows(`update ${table} set ${columns.map(shift).join(', ')}`, [
        starts,
        [first, ...durations, first],
      ]);
      if (hasTriggers) await rows(`alter table ${table} enable trigger user`);
    }
  });
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
