import pg from 'pg';

/**
 * Drops a database, if it exists, even while it is in use. Not by "with (force)": that fails while autovacuum is running, which
 * our role may not terminate; a plain drop cancels autovacuum.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const found = await client.query('select from pg_database where datname = $1', [name]);
  if (found.rowCount === 0) return;
  // First, so that clients can't reconnect before the database is dropped.
  await client.query(`alter database ${name} allow_connections false`);
  await endSessions(client, name);
  try {
    await client.query(`drop database ${name}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '55006') throw error;
    // A client connected just before and wasn't visible yet.
    await endSessions(client, name);
    await client.query(`drop database ${name}`);
  }
}

// Waits for each session to end. We may terminate only those of our own role.
async function endSessions(client: pg.Client, name: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1 and usename = current_user',
    [name],
  );
}
