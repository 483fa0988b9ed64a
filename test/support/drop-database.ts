import pg from 'pg';

/**
 * Drops a database that may not exist, whoever of us still uses it or is just connecting to it. Not by "with (force)":
 * that is refused while autovacuum looks at it, which is no role's of ours to end; a plain drop ends autovacuum.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query('select from pg_database where datname = $1', [name]);
  if (found.rowCount === 0) return;
  // First, or whoever is cut off could be back before the database is gone.
  await client.query(`alter database ${name} allow_connections false`);
  await endSessions(client, name);
  try {
    await client.query(`drop database ${name}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '55006') throw error;
    // Somebody was let in just before, and could not be seen yet. Now all can.
    await endSessions(client, name);
    await client.query(`drop database ${name}`);
  }
}

// Waits for each, and only ends those of our own role: no other's are ours to end.
async function endSessions(client: pg.Client, name: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and usename = current_user',
    [name],
  );
}
