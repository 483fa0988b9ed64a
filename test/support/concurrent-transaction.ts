import { pool } from '../../src/platform/db/database.ts';

/** Runs `work` during a concurrent transaction: `sql` runs on another connection, which commits after `work`. */
export async function duringTransaction<T>(sql: string, bind: unknown[], work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(sql, bind);
    return await work();
  } finally {
    await client.query('commit');
    client.release();
  }
}
