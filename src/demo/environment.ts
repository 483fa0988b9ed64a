import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isProduction } from '../platform/config/production.ts';
import { hasErrorCode, withFileLock, writeAtomically } from './files.ts';
import { startPostgres } from './postgres/postgres.ts';

type Secrets = { SESSION_SECRETS: string; LINK_KEYS: string };

const projectRoot = resolve(import.meta.dirname, '..', '..');

/**
 * Completes the environment in place, outside production: without DATABASE_URL an embedded PostgreSQL in
 * `<DATA_DIR>/postgres` is started or adopted; missing SESSION_SECRETS and LINK_KEYS are drawn once and kept in
 * `<DATA_DIR>/secrets.json`, so that sessions and links survive a restart. An empty variable counts as missing.
 * @returns what has to be stopped when the process has done its work
 */
export async function prepareDevelopmentEnvironment(
  env: NodeJS.ProcessEnv,
): Promise<{ stop(): Promise<void> }> {
  const noop = { stop: async () => {} };
  if (isProduction(env)) return noop;
  const dataDir = resolve(projectRoot, env.DATA_DIR || '.data');
  const database = env.DATABASE_URL ? null : await startPostgres({ directory: join(dataDir, 'postgres') });
  if (database) env.DATABASE_URL = database.url;
  if (!env.SESSION_SECRETS || !env.LINK_KEYS) {
    const secrets = await loadOrCreateSecrets(dataDir);
    env.SESSION_SECRETS ||= secrets.SESSION_SECRETS;
    env.LINK_KEYS ||= secrets.LINK_KEYS;
  }
  return database ?? noop;
}

async function loadOrCreateSecrets(dataDir: string): Promise<Secrets> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'secrets.json');
  return withFileLock(`${file}.lock`, async () => (await readSecrets(file)) ?? generateSecrets(file));
}

async function readSecrets(file: string): Promise<Secrets | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (hasErrorCode(cause, 'ENOENT')) return null;
    const advice = 'Remove it to draw new ones; sessions and links made with the old ones end then.';
    throw new Error(`The secrets in ${file} can’t be read. ${advice}`, { cause });
  }
}

async function generateSecrets(file: string): Promise<Secrets> {
  const secrets = {
    SESSION_SECRETS: randomBytes(32).toString('hex'),
    LINK_KEYS: randomBytes(32).toString('hex'),
  };
  await writeAtomically(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}
