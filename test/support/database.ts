import { QueryTypes } from 'sequelize';
import { database } from '../../src/database.ts';

/** Rows as the database has them: tests name columns as the schema does, whatever the product calls them. */
export function rows<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> {
  return database.query<Row>(sql, { bind, type: QueryTypes.SELECT });
}

/** The first of such rows, or null. */
export async function row<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row | null> {
  const [first] = await rows<Row>(sql, bind);
  return first ?? null;
}
