import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import {
  type Attributes,
  BaseError,
  ConnectionError,
  fn,
  type Model,
  type ModelStatic,
  QueryTypes,
  Sequelize,
  Transaction,
} from 'sequelize';
import { config } from '../config/config.ts';
import { errorCode } from '../errors.ts';
import { log } from '../log.ts';

// A transaction travels with the calls that it leads to: Sequelize finds it here, so no function takes it as an argument.
const transactionStore = new AsyncLocalStorage<Map<string, unknown>>();
Sequelize.useCLS({
  get: (key: string) => transactionStore.getStore()?.get(key),
  set: (key: string, value: unknown) => transactionStore.getStore()?.set(key, value),
  run: (work: (context: unknown) => unknown) =>
    transactionStore.run(new Map(transactionStore.getStore() ?? []), () => work(transactionStore.getStore())),
  bind: (work: (...given: unknown[]) => unknown) => AsyncLocalStorage.bind(work),
});

/** The one database of this process. It connects when first used and again whenever a connection was lost. */
export const database = new Sequelize(config.databaseUrl, {
  dialect: 'postgres',
  logging: false,
  pool: { max: 10, idle: 10_000, acquire: 10_000, evict: 5_000 },
  dialectOptions: {
    application_name: 'homecoming',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    keepAlive: true,
  },
  define: { underscored: true, timestamps: false },
});

/** The same database for libraries that take a plain pool: the session store and the limits. */
export const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  application_name: 'homecoming sessions',
  max: 5,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 10_000,
  keepAlive: true,
});
// An idle connection that breaks is replaced at the next query; unheard, the event would end the process.
pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));

/** Closes all connections of this process, once nothing uses them any more. */
export async function closeDatabase(): Promise<void> {
  await Promise.all([database.close(), pool.end()]);
}

/**
 * Runs `work` in one transaction: all of it is kept, or nothing. Every query that `work` leads to joins it, and so does a
 * transaction inside. Queries of one transaction share one connection: await them one after the other.
 */
export function inTransaction<T>(work: () => Promise<T>): Promise<T> {
  return isInTransaction() ? work() : database.transaction(work);
}

/** Runs queries that all see the database as it is at one moment, so that their figures agree. */
export function inSnapshot<T>(work: () => Promise<T>): Promise<T> {
  if (isInTransaction()) return work();
  return database.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, work);
}

/** Whether what runs now is part of a transaction. */
export function isInTransaction(): boolean {
  return transactionStore.getStore()?.get('transaction') !== undefined;
}

/** For what must commit together with a change: an event, a mail, a job. @throws Error outside a transaction */
export function requireTransaction(): void {
  if (!isInTransaction())
    throw new Error('This belongs into the transaction of the change that it tells of.');
}

/**
 * Rows of a statement. Values go in as `$1`, `$2` … through `bind`, never into the text. Columns get the names that models
 * give them: `created_at` becomes `createdAt`.
 */
export async function queryRows<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> {
  const found = await database.query<Record<string, unknown>>(sql, { bind, type: QueryTypes.SELECT });
  const columns = Object.keys(found[0] ?? {});
  const isCamelCase = !columns.some((column) => column.includes('_'));
  // Only the caller knows what its statement returns.
  return (isCamelCase ? found : toAttributeNames(found, columns)) as Row[];
}

/** The time at which the transaction began, by the database's clock: for dates that a change sets. */
export const NOW = fn('now');

/**
 * The columns of a model for the `select` or `returning` of a statement, `i.email, i.created_at`: all of them, or those of
 * some attributes.
 */
export function columnsOf<M extends Model>(
  model: ModelStatic<M>,
  alias: string,
  attributes: readonly (keyof Attributes<M> & string)[] = Object.keys(model.getAttributes()),
): string {
  const columns = model.getAttributes();
  return attributes.map((name) => `${alias}.${columns[name]?.field}`).join(', ');
}

/** The first row of a query, or null. */
export async function queryRow<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row | null> {
  const [first] = await queryRows<Row>(sql, bind);
  return first ?? null;
}

/** Whether an error says that the database can't be reached now (and may be again later). */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true;
  const cause = unwrapError(error);
  const message = cause instanceof Error ? cause.message : '';
  return (
    /^(08|57P0|53300|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|55000)/.test(errorCode(cause)) ||
    /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
      message,
    )
  );
}

/** What PostgreSQL said, with its code and the constraint, of an error that Sequelize threw; null for other errors. */
export function postgresError(error: unknown): pg.DatabaseError | null {
  const cause = unwrapError(error);
  return cause instanceof pg.DatabaseError ? cause : null;
}

// Sequelize wraps the error of the driver.
function unwrapError(error: unknown): unknown {
  return error instanceof BaseError && 'parent' in error ? error.parent : error;
}

function toAttributeNames(
  found: Record<string, unknown>[],
  columns: readonly string[],
): Record<string, unknown>[] {
  const renames = columns.map((column) => [column, toCamelCase(column)] as const);
  return found.map((row) => {
    const attributes: Record<string, unknown> = {};
    for (const [column, name] of renames) attributes[name] = row[column];
    return attributes;
  });
}

function toCamelCase(column: string): string {
  return column.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
