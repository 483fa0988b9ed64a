import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, inject, vi } from 'vitest';
import { dropDatabase } from './drop-database.ts';
import { testEnvironment } from './test-environment.ts';

vi.resetModules();

// Before a test file's own imports run: settings, a database and a directory for that file alone.
const { adminUrl, template, directory } = inject('run');
const ownDirectory = await mkdtemp(join(directory, 'file-'));
// As root, the embedded servers of tests run as another user, who must get through.
if (process.getuid?.() === 0) await chmod(ownDirectory, 0o711);

Object.assign(process.env, testEnvironment, {
  DATABASE_URL: await freshDatabase(),
  DATA_DIR: join(ownDirectory, 'data'),
  // What a test leaves behind is removed with the rest, even when it is killed.
  TMPDIR: ownDirectory,
});

afterAll(() => rm(ownDirectory, { recursive: true, force: true, maxRetries: 5 }));

// Named after the worker: what the file before left in it is dropped now, when nobody can be using it any more.
async function freshDatabase(): Promise<string> {
  const name = `${template}_${process.env.VITEST_POOL_ID}`;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await dropDatabase(client, name);
    await copyTemplate(client, name);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function copyTemplate(client: pg.Client, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`create database ${name} template ${template} strategy file_copy`);
      return;
    } catch (error) {
      const isInUse = error instanceof pg.DatabaseError && error.code === '55006';
      if (!isInUse || tries === 20) throw error;
      await sleep(100);
    }
  }
}
