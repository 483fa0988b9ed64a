import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Umzug } from 'umzug';
import { config, projectRoot } from '../config/config.ts';
import { isDatabaseUnavailable, queryRow, queryRows } from './database.ts';

// The rules for writing a migration are in docs/schema.md.
const directory = join(projectRoot, 'migrations');

// Any fixed number does, as long as nothing else in this database takes the same advisory lock.
const MIGRATION_LOCK = 7_301_946;

// While a migration waits for a lock on a table, every query on that table waits behind it.
const LOCK_TIMEOUT = '5s';

const INSERT_MIGRATION = 'insert into schema_migrations (name, sha256) values ($1, $2)';
const SELECT_MIGRATIONS = 'select * from schema_migrations order by name';

type AppliedMigration = Readonly<{ name: string; sha256: string }>;

const NO_TRANSACTION = /^-- no transaction\b/;

/**
 * Brings the database to this version: the queue's own tables first, then `migrations/*.sql` in order. Safe to start
 * many times at once: the others wait, then find nothing to do.
 * @returns the names of the migrations that ran now
 * @throws when another version of Homecoming set up the database, or a migration fails
 */
export async function migrate(source = { directory, databaseUrl: config.databaseUrl }): Promise<string[]> {
  const client = new pg.Client({
    connectionString: source.databaseUrl,
    application_name: 'homecoming migrate',
  });
  await client.connect();
  try {
    await acquireMigrationLock(client);
    await client.query(`create table if not exists schema_migrations (
      name text primary key, sha256 text not null, run_at timestamptz not null default now())`);
    await requireKnownMigrations(await listAppliedMigrations(client), source.directory);
    await runMigrations({ connectionString: source.databaseUrl });
    const applied = await createUmzug(client, source.directory).up();
    return applied.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The names of migrations that this version has and the database has not. */
export async function listPendingMigrations(): Promise<string[]> {
  const applied = await queryRows<{ name: string }>('select name from schema_migrations');
  const appliedNames = new Set(applied.map(({ name }) => name));
  return (await listMigrationFiles(directory)).filter((name) => !appliedNames.has(name)).sort();
}

/**
 * Keeps a process from serving a database whose tables it doesn't know. A database that is away, or still empty, is
 * not refused.
 * @throws when another version of Homecoming set up the database
 */
export async function requireCompatibleSchema(): Promise<void> {
  try {
    const found = await queryRow<{ exists: boolean }>(
      `select to_regclass('schema_migrations') is not null as exists`,
    );
    if (!found?.exists) return;
  } catch (error) {
    if (isDatabaseUnavailable(error)) return;
    throw error;
  }
  await requireKnownMigrations(await queryRows<AppliedMigration>(SELECT_MIGRATIONS), directory);
}

// Also a file that has changed since it ran here: until the first release, changes are made that way.
async function requireKnownMigrations(applied: readonly AppliedMigration[], folder: string): Promise<void> {
  const checksums = new Map<string, string>();
  for (const name of await listMigrationFiles(folder))
    checksums.set(name, checksum(await readFile(join(folder, name), 'utf8')));
  const unknown = applied
    .filter(({ name, sha256 }) => (checksums.get(name) ?? '') !== sha256)
    .map(({ name }) => name);
  if (unknown.length === 0) return;
  const listed =
    unknown.slice(0, 3).join(', ') + (unknown.length > 3 ? ` and ${unknown.length - 3} more` : '');
  const demo = `The demo’s database is in ${join(config.dataDir, 'postgres')}: stop the demo, delete that directory and start again.`;
  throw new Error(
    `This database was set up by another version of Homecoming. Migrations that this version doesn’t have, or has changed: ${listed}. ` +
      'Nothing was done. Start the version that set it up, or set DATABASE_URL to an empty database.' +
      (config.environment === 'production' ? '' : `\n${demo}`),
  );
}

/** SHA-256 of a migration, whatever its comments, its indentation and its line ends. */
function checksum(sql: string): string {
  const statements = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(statements).digest('hex');
}

// Asked again and again: a query that waits for the lock would hold up a `create index concurrently`, which waits for
// every older query to end.
async function acquireMigrationLock(client: pg.Client): Promise<void> {
  const tryLock = () =>
    client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [MIGRATION_LOCK]);
  while (!(await tryLock()).rows[0]?.taken) await sleep(200);
}

function createUmzug(client: pg.Client, folder: string): Umzug<pg.Client> {
  return new Umzug({
    context: client,
    logger: undefined,
    migrations: {
      glob: join(folder, '*.sql'),
      resolve: ({ name, path }) => ({ name, up: () => applyMigration(client, name, path) }),
    },
    storage: {
      executed: async () => (await listAppliedMigrations(client)).map(({ name }) => name),
      // Recorded by `run`, in the migration's own transaction.
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
  });
}

async function applyMigration(client: pg.Client, name: string, path: string | undefined): Promise<void> {
  const sql = await readFile(path ?? '', 'utf8');
  const execute = async () => {
    await client.query(sql);
    await client.query(INSERT_MIGRATION, [name, checksum(sql)]);
  };
  if (NO_TRANSACTION.test(sql)) return execute();
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    await execute();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function listAppliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  return (await client.query<AppliedMigration>(SELECT_MIGRATIONS)).rows;
}

async function listMigrationFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql'));
}
