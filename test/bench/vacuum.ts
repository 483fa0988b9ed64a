import pg from 'pg';
import { config } from '../../src/platform/config/config.ts';

/** Runs `vacuum analyze` on its own connection, without the site's statement timeout. */
export async function vacuum(): Promise<void> {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  try {
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
