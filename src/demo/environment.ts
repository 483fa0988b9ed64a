import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isProduction } from '../platform/config/production.ts';
import { hasErrorCode, withFileLock, writeAtomically } from './files.ts';
import { startPostgres } from './postgres/postgres.ts';

type Secrets = { SESSION_SECRETS: string; LINK_KEYS: string };

const projectRoot = resolve(import.meta.dirname, '..', '..');

/**
 * Completes the environment variables in place, outside production. Without DATABASE_URL, starts an embedded PostgreSQL in
 * `<DATA_DIR>/postgres` or connects to a running one. Missing SESSION_SECRETS and LINK_KEYS are generated once and stored in
 * `<DATA_DIR>/secrets.json`, so that sessions and links survive a restart. An empty variable counts as missing.
 * @returns a handle to stop what was started
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
    const advice = 'Delete it to generate new ones; existing sessions and links will stop working.';
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
