import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, inject, vi } from 'vitest';
import { dropDatabase } from './drop-database.ts';
import { testEnvironment } from './test-environment.ts';

vi.resetModules();
vi.mock('@node-rs/argon2', async (original) => (await import('./argon2.ts')).fastArgon2(original));

// Runs before the imports of a test file: sets its environment, with its own database and directory.
const { adminUrl, template, directory } = inject('run');
const ownDirectory = await mkdtemp(join(directory, 'file-'));
// As root, the embedded servers of tests run as another user, who needs access.
if (process.getuid?.() === 0) await chmod(ownDirectory, 0o711);

Object.assign(process.env, testEnvironment, {
  DATABASE_URL: await freshDatabase(),
  DATA_DIR: join(ownDirectory, 'data'),
  // Temporary files are removed with the directory, even if a test is killed.
  TMPDIR: ownDirectory,
});

afterAll(() => rm(ownDirectory, { recursive: true, force: true, maxRetries: 5 }));

// The database of the vitest worker's previous test file is dropped now, when it is no longer in use. Each file has a name of its
// own, so that whatever an earlier one left behind can't work on its data.
async function freshDatabase(): Promise<string> {
  const prefix = `${template}_${process.env.VITEST_POOL_ID}_`;
  const name = `${prefix}${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const previous = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [prefix],
    );
    for (const { datname } of previous.rows) await dropDatabase(client, datname);
    await copyTemplate(client, name);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function copyTemplate(client: pg.Client, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(`create database ${name} template ${template} strategy file_copy`);
      return;
    } catch (error) {
      const isInUse = error instanceof pg.DatabaseError && error.code === '55006';
      if (!isInUse || attempt === 20) throw error;
      await sleep(100);
    }
  }
}
