import { pool } from '../../src/platform/db/database.ts';

/** Somebody else's transaction: `sql` runs on a connection of its own, which commits once `work` has returned. */
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
