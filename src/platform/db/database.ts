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

// Sequelize reads the current transaction from here, so no function takes it as an argument.
const transactionStore = new AsyncLocalStorage<Map<string, unknown>>();
Sequelize.useCLS({
  get: (key: string) => transactionStore.getStore()?.get(key),
  set: (key: string, value: unknown) => transactionStore.getStore()?.set(key, value),
  run: (work: (context: unknown) => unknown) =>
    transactionStore.run(new Map(transactionStore.getStore() ?? []), () => work(transactionStore.getStore())),
  bind: (work: (...args: unknown[]) => unknown) => AsyncLocalStorage.bind(work),
});

/** The Sequelize instance of this process. It connects on first use and reconnects after a lost connection. */
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

/** A plain `pg` pool for the session store and the rate limits, which can't use Sequelize. */
export const pool = new pg.Pool({
  connectionString: config.databaseUrl,
  application_name: 'homecoming sessions',
  max: 5,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 10_000,
  keepAlive: true,
});
// Without a listener, the loss of an idle connection would crash the process. The next query opens a new one.
pool.on('error', (error) => log.warn({ err: error }, 'lost an idle database connection'));

/** Closes all database connections of this process. */
export async function closeDatabase(): Promise<void> {
  await Promise.all([database.close(), pool.end()]);
}

/**
 * Runs `work` in a transaction. Every query inside `work` joins it; a nested call joins the outer transaction. A transaction
 * has one connection, so await its queries one after the other.
 */
export function inTransaction<T>(work: () => Promise<T>): Promise<T> {
  return isInTransaction() ? work() : database.transaction(work);
}

/** Runs `work` in a `repeatable read` transaction, so that all queries see the same snapshot. */
export function inSnapshot<T>(work: () => Promise<T>): Promise<T> {
  if (isInTransaction()) return work();
  return database.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, work);
}

/** Whether the current code runs inside a transaction. */
export function isInTransaction(): boolean {
  return transactionStore.getStore()?.get('transaction') !== undefined;
}

/** Guards writes that must commit together with a change: events, mails, jobs. @throws Error outside a transaction */
export function requireTransaction(): void {
  if (!isInTransaction())
    throw new Error('This must run in the same transaction as the change that it belongs to.');
}

/**
 * Runs a statement and returns its rows. Pass values through `bind` as `$1`, `$2` …, never in the SQL text. Column names
 * become camel case: `created_at` becomes `createdAt`.
 */
export async function queryRows<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row[]> {
  const found = await database.query<Record<string, unknown>>(sql, { bind, type: QueryTypes.SELECT });
  const columns = Object.keys(found[0] ?? {});
  const isCamelCase = !columns.some((column) => column.includes('_'));
  // The row type can't be checked here: the caller declares it.
  return (isCamelCase ? found : toAttributeNames(found, columns)) as Row[];
}

/** SQL `now()`: the start of the transaction by the database's clock. For timestamps set in updates. */
export const NOW = fn('now');

/**
 * Lists a model's columns for a `select` or `returning` clause: `i.email, i.created_at`. All attributes by default.
 */
export function columnsOf<M extends Model>(
  model: ModelStatic<M>,
  alias: string,
  attributes: readonly (keyof Attributes<M> & string)[] = Object.keys(model.getAttributes()),
): string {
  const columns = model.getAttributes();
  return attributes.map((name) => `${alias}.${columns[name]?.field}`).join(', ');
}

/** Like `queryRows`, but returns the first row, or null. */
export async function queryRow<Row extends object>(sql: string, bind: unknown[] = []): Promise<Row | null> {
  const [first] = await queryRows<Row>(sql, bind);
  return first ?? null;
}

/** Whether the error means that the database is temporarily unavailable. */
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

/** The PostgreSQL error (code, constraint …) behind an error thrown by Sequelize; null for other errors. */
export function postgresError(error: unknown): pg.DatabaseError | null {
  const cause = unwrapError(error);
  return cause instanceof pg.DatabaseError ? cause : null;
}

// Sequelize wraps driver errors.
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
