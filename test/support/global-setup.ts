import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { dropDatabase } from './drop-database.ts';
import { testEnvironment } from './test-environment.ts';
import { startTestServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    run: {
      /** A database of the server, as a role that can create databases. */
      adminUrl: string;
      /** The name of the migrated database that is copied for each test file. */
      template: string;
      /** A directory for files of tests; removed after the run. */
      directory: string;
    };
  }
}

/** Starts a server and creates a migrated template database for the whole run. Removed afterwards, even on failure or Ctrl-C. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  const template = `homecoming_test_${randomBytes(4).toString('hex')}`;
  const remove = async () => {
    if (server.isShared) await dropTestDatabases(server.url, template);
    await server.remove();
  };
  try {
    await createTemplateDatabase(server.url, template);
  } catch (error) {
    await remove();
    throw error;
  }
  project.provide('run', { adminUrl: server.url, template, directory: server.directory });
  return remove;
}

async function createTemplateDatabase(adminUrl: string, template: string): Promise<void> {
  await withAdminClient(adminUrl, (client) => client.query(`create database ${template}`));
  const url = new URL(adminUrl);
  url.pathname = `/${template}`;
  const before = { ...process.env };
  Object.assign(process.env, testEnvironment, { DATABASE_URL: url.href });
  try {
    const { migrate } = await import('../../src/platform/db/migrations.ts');
    await migrate();
  } finally {
    process.env = before;
  }
}

async function dropTestDatabases(adminUrl: string, template: string): Promise<void> {
  await withAdminClient(adminUrl, async (client) => {
    const found = await client.query<{ datname: string }>(
      'select datname from pg_database where starts_with(datname, $1)',
      [template],
    );
    for (const { datname } of found.rows) await dropDatabase(client, datname);
  });
}

async function withAdminClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
