import { QueryTypes } from 'sequelize';
import { database } from '../../src/platform/db/database.ts';

/** Rows as the database has them: tests name columns as the schema does, whatever the product calls them. */
export function queryRows<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> {
  return database.query<Row>(sql, { bind, type: QueryTypes.SELECT });
}

/** The first of such rows, or null. */
export async function queryRow<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row | null> {
  const [first] = await queryRows<Row>(sql, bind);
  return first ?? null;
}
