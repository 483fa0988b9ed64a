import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMigrations } from 'graphile-worker';
import pg from 'pg';
import { Umzug } from 'umzug';
import { config, projectRoot } from './config.ts';
import { rows } from './database.ts';

const directory = join(projectRoot, 'migrations');

// Any fixed number does, as long as nothing else in this database takes the same advisory lock.
const MIGRATION_LOCK = 7_301_946;

/**
 * Brings the database to this version: the queue's own tables first, then `migrations/*.sql` in order, each in a
 * transaction. Safe to start many times at once: the others wait, then find nothing to do.
 * @returns the names of the steps that ran now
 */
export async function migrate(): Promise<string[]> {
  const client = new pg.Client({
    connectionString: config.databaseUrl,
    application_name: 'homecoming migrate',
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await runMigrations({ connectionString: config.databaseUrl });
    const done = await steps(client).up();
    return done.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** The names of steps that this version has and the database has not. */
export async function pendingMigrations(): Promise<string[]> {
  const files = (await readdir(directory)).filter((name) => name.endsWith('.sql'));
  const done = await rows<{ name: string }>('select name from schema_migrations');
  const known = new Set(done.map(({ name }) => name));
  return files.filter((name) => !known.has(name)).sort();
}

function steps(client: pg.Client): Umzug<pg.Client> {
  return new Umzug({
    context: client,
    logger: undefined,
    migrations: {
      glob: join(directory, '*.sql'),
      resolve: ({ name, path }) => ({ name, up: () => runStep(client, name, path) }),
    },
    storage: {
      executed: () => executedSteps(client),
      // Recorded inside the step's own transaction, see runStep.
      logMigration: async () => {},
      unlogMigration: async () => {},
    },
  });
}

async function runStep(client: pg.Client, name: string, path: string | undefined): Promise<void> {
  const sql = await readFile(path ?? '', 'utf8');
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into schema_migrations (name) values ($1)', [name]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function executedSteps(client: pg.Client): Promise<string[]> {
  await client.query(`create table if not exists schema_migrations (
    name text primary key, run_at timestamptz not null default now())`);
  const result = await client.query<{ name: string }>('select name from schema_migrations order by name');
  return result.rows.map(({ name }) => name);
}
