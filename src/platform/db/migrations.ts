import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Umzug } from 'umzug';
import { config, projectRoot } from '../config/config.ts';
import { isDatabaseUnavailable, queryRow, queryRows } from './database.ts';

// docs/schema.md has the rules for writing migrations.
const directory = join(projectRoot, 'migrations');

// An arbitrary number that no other advisory lock in this database uses.
const MIGRATION_LOCK = 7_301_946;

// While a migration waits for a table lock, all queries on that table queue up behind it.
const LOCK_TIMEOUT = '5s';

const INSERT_MIGRATION = 'insert into schema_migrations (name, sha256) values ($1, $2)';
const SELECT_MIGRATIONS = 'select * from schema_migrations order by name';

type AppliedMigration = Readonly<{ name: string; sha256: string }>;

/** Another version of Homecoming migrated the database. */
export class IncompatibleSchema extends Error {}

const NO_TRANSACTION = /^-- no transaction\b/;

/**
 * Migrates the job queue's tables, then runs the pending `migrations/*.sql` in order. Safe to run concurrently: a lock makes
 * the others wait.
 * @returns the names of the migrations that ran
 * @throws IncompatibleSchema; Error if a migration fails
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

/** Lists the migrations that have not run on the database yet. */
export async function listPendingMigrations(): Promise<string[]> {
  const applied = (await hasMigrationsTable())
    ? await queryRows<{ name: string }>('select name from schema_migrations')
    : [];
  const appliedNames = new Set(applied.map(({ name }) => name));
  return (await listMigrationFiles(directory)).filter((name) => !appliedNames.has(name)).sort();
}

/**
 * Keeps a process from running with an unknown schema. Accepts a database that is empty or can't be reached yet.
 * @throws IncompatibleSchema
 */
export async function requireCompatibleSchema(): Promise<void> {
  try {
    if (!(await hasMigrationsTable())) return;
  } catch (error) {
    if (isDatabaseUnavailable(error)) return;
    throw error;
  }
  await requireKnownMigrations(await queryRows<AppliedMigration>(SELECT_MIGRATIONS), directory);
}

async function hasMigrationsTable(): Promise<boolean> {
  const found = await queryRow<{ exists: boolean }>(
    `select to_regclass('schema_migrations') is not null as exists`,
  );
  return found?.exists ?? false;
}

// Also detects files that changed after they ran: before the first release, migrations are edited in place.
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
  const demo = `The demo’s database is in ${join(config.dataDir, 'postgres')}: to start over, stop the demo and run npm run db:reset.`;
  throw new IncompatibleSchema(
    `Another version of Homecoming migrated this database. Migrations that are missing from this version or differ: ${listed}. ` +
      'Nothing was changed. Start that version, or set DATABASE_URL to an empty database.' +
      (config.environment === 'production' ? '' : `\n${demo}`),
  );
}

/** SHA-256 of a migration, ignoring comments, indentation and line endings. */
function checksum(sql: string): string {
  const statements = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return createHash('sha256').update(statements).digest('hex');
}

// Polls instead of blocking: a waiting query would block `create index concurrently`, which waits for all older queries.
async function acquireMigrationLock(client: pg.Client): Promise<void> {
  const tryLock = () =>
    client.query<{ acquired: boolean }>('select pg_try_advisory_lock($1) as acquired', [MIGRATION_LOCK]);
  while (!(await tryLock()).rows[0]?.acquired) await sleep(200);
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
      // `applyMigration` records it in the migration's own transaction.
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
