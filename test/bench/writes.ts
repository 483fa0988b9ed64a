import { queryRows } from '../support/database.ts';
import { vacuum } from './vacuum.ts';

/** Seconds for `invitations` and for a plain copy of the table, and their ratio. */
export type Write = Readonly<{ name: string; seconds: number; plainSeconds: number; ratio: number }>;

const ROWS = 10_000;
const ROUNDS = 5;
// A minimal set of indexes for lists, filters and search. No triggers, no constraints.
const INDEXES = [
  '(created_at, id)',
  '(expires_at, id)',
  '(email, id)',
  '(batch, created_at, id)',
  '(center, created_at, id)',
  '(invited_by, created_at, id)',
  'using gin (search_text gin_trgm_ops)',
];

/** Measures inserts and updates of 10,000 rows among a million, alternating with a plain copy of the table. */
export async function measureWrites(): Promise<Write[]> {
  await queryRows(
    'create table plain (like invitations including defaults including generated including identity)',
  );
  const columns = await queryRows<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_name = 'invitations' and is_generated = 'NEVER' order by ordinal_position`,
  );
  const names = columns.map(({ name }) => name).join(', ');
  const [{ last = 0 } = {}] = await queryRows<{ last: number }>(
    'select max(id)::int as last from invitations',
  );
  for (let first = 1; first <= last; first += 50_000)
    await queryRows(
      `insert into plain (${names}) overriding system value select ${names} from invitations
       where id between $1 and $2`,
      [first, first + 49_999],
    );
  await queryRows('alter table plain add primary key (id)');
  for (const index of INDEXES) await queryRows(`create index on plain ${index}`);
  await queryRows(`select setval(pg_get_serial_sequence('plain', 'id'), (select max(id) from plain))`);
  await vacuum();
  const inserts = await alternate('insert 10,000 invitations', insert);
  const updates = await alternate('mark 10,000 invitations opened', markOpened);
  await queryRows('drop table plain');
  return [inserts, updates];
}

type Table = 'invitations' | 'plain';

async function alternate(
  name: string,
  write: (table: Table, round: number) => Promise<unknown>,
): Promise<Write> {
  const durations: Record<Table, number[]> = { invitations: [], plain: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const table of round % 2 === 0
      ? (['invitations', 'plain'] as const)
      : (['plain', 'invitations'] as const)) {
      const start = performance.now();
      await write(table, round);
      // The first round warms up.
      if (round > 0) durations[table].push((performance.now() - start) / 1000);
    }
  }
  const [seconds, plainSeconds] = [median(durations.invitations), median(durations.plain)];
  return { name, seconds, plainSeconds, ratio: seconds / plainSeconds };
}

/** Like sending a campaign, with name, batch and center. */
function insert(table: Table, round: number): Promise<unknown> {
  return queryRows(
    `insert into ${table} (reference, email, name, batch, center, validity_days, expires_at, invited_by)
     select '9' || $1::int || lpad(n::text, 6, '0'), 'written' || $1::int || '.' || n || '@mail.example.org', 'Written Person ' || n,
       1960 + n % 60, 'Center ' || n % 40, 7, now() + interval '7 days', (select min(id) from accounts)
     from generate_series(1, $2::int) n`,
    [round, ROWS],
  );
}

function markOpened(table: Table, round: number): Promise<unknown> {
  return queryRows(
    `update ${table} set opened_at = now() where opened_at is null and id in
       (select id from ${table} where opened_at is null and id % 17 = $1::int order by id limit $2::int)`,
    [round, ROWS],
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
