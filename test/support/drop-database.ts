import type pg from 'pg';

/**
 * Drops a database that may not exist, whoever of us still uses it. Not by "with (force)": that is refused while autovacuum
 * looks at it, which is no role's of ours to end; a plain drop ends autovacuum and waits for all others to leave.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = current_user',
    [name],
  );
  await client.query(`drop database if exists ${name}`);
}
