import pg from 'pg';
import { config } from '../../src/platform/config/config.ts';

/** Tidies the tables and counts them for the planner, for as long as that takes: the site's own time limit doesn't hold. */
export async function vacuum(): Promise<void> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
