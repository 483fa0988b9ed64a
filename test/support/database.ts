import { QueryTypes } from 'sequelize';
import { database } from '../../src/platform/db/database.ts';

/** Runs a statement and returns rows with the database's column names, unlike the product's `queryRows`. */
export function queryRows<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> {
  return database.query<Row>(sql, { bind, type: QueryTypes.SELECT });
}

/** The first row, or null. */
export async function queryRow<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row | null> {
  const [first] = await queryRows<Row>(sql, bind);
  return first ?? null;
}
