import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findRunningServer } from '../../../src/demo/postgres/server.ts';
import { asset } from '../../../src/platform/http/view.ts';
import { compileProduct, productionEnvironment, runNode, startServer } from '../../security/processes.ts';
import { sendRequest } from '../../security/raw-http.ts';
import { dropDatabase } from '../../support/drop-database.ts';

let folder: string;

beforeAll(async () => {
  folder = await compileProduct();
});

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('starting in production', () => {
  it.each([
    ['server.js', { NODE_ENV: 'production' }, 1],
    ['server.js', {}, 1],
    ['worker.js', {}, 1],
    ['cli.js', {}, 2],
  ])('%s with %j exits with a list of missing variables and no stack trace', async (file, env, status) => {
    const args = file === 'cli.js' ? ['migrate'] : [];
    const started = runNode([join(folder, 'dist', file), ...args], env);
    expect(await started.ended).toBe(status);
    for (const name of [
      'BASE_URL',
      'DATABASE_URL',
      'SESSION_SECRETS',
      'LINK_KEYS',
      'SMTP_URL',
      'MAIL_FROM',
    ]) {
      expect(started.errors()).toContain(`${name} is missing`);
    }
    expect(started.errors()).not.toMatch(/\n\s+at |node_modules|\.js:\d/);
  });

  it('without NODE_ENV serves no demo pages', async () => {
    const server = await startServer(folder, { ...productionEnvironment, NODE_ENV: '' });
    for (const path of ['/dev/mailbox', '/dev/mailbox.json'])
      expect((await sendRequest(server.port, path)).status).toBe(404);
    expect(await server.stop()).toBe(0);
  });

  it('rejects the demo', async () => {
    const started = runNode([join(folder, 'dist', 'run-demo.js')], productionEnvironment);
    expect(await started.ended).toBe(1);
    expect(started.errors()).toContain('The demo never runs in production');
  });

  it('with sample secrets exits and names the variables without their values', async () => {
    const samples = { SESSION_SECRETS: 'change-me-change-me-change-me-change-me', LINK_KEYS: '0'.repeat(64) };
    const started = runNode([join(folder, 'dist', 'server.js')], {
      ...productionEnvironment,
      ...samples,
      BASE_URL: 'http://alumni.example.org',
    });
    expect(await started.ended).toBe(1);
    for (const name of ['SESSION_SECRETS', 'LINK_KEYS', 'BASE_URL']) expect(started.errors()).toContain(name);
    expect(started.errors()).not.toContain('change-me');
    expect(started.errors()).not.toMatch(/\n\s+at /);
  });

  it('without the database serves pages that need none, and all pages once it is available', async () => {
    const { template, adminUrl } = inject('run');
    const name = `${template}_late_${process.env.VITEST_POOL_ID}`;
    const DATABASE_URL = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;
    await withClient(adminUrl, async (admin) => {
      await admin.query(`create database ${name} template ${template} allow_connections false`);
      const METRICS_TOKEN = 'a-token-of-this-test-only';
      const early = await startServer(folder, { ...productionEnvironment, DATABASE_URL, METRICS_TOKEN });
      const Authorization = `Bearer ${METRICS_TOKEN}`;
      expect((await sendRequest(early.port, '/health/live')).status).toBe(200);
      expect((await sendRequest(early.port, asset('/styles.css'))).status).toBe(200);
      expect((await sendRequest(early.port, '/invite/nonsense')).status).toBe(400);
      expect((await sendRequest(early.port, '/metrics', { headers: { Authorization } })).text).toContain(
        'queue_lag_seconds Nan',
      );
      for (const path of ['/health/ready', '/', '/sign-in'])
        expect((await sendRequest(early.port, path)).status).toBe(503);
      await admin.query(`alter database ${name} allow_connections true`);
      for (const path of ['/health/ready', '/', '/sign-in'])
        expect((await sendRequest(early.port, path)).status).toBe(200);
      expect(await early.stop()).toBe(0);
      await dropDatabase(admin, name);
    });
  });
});

describe('starting outside production', () => {
  it('stops the embedded PostgreSQL if it fails', async () => {
    const dataDir = join(tmpdir(), 'failed-start');
    const settings = { NODE_ENV: 'development', DATA_DIR: dataDir, PORT: 'none' };
    const started = runNode([join(folder, 'dist', 'server.js')], settings);
    expect(await started.ended).toBe(1);
    expect(started.errors()).toContain('Please correct these settings');
    const home = join(dataDir, 'postgres');
    expect(existsSync(join(home, 'cluster'))).toBe(true);
    expect(findRunningServer(home)).toBeNull();
  });
});

describe('SIGTERM', () => {
  it('waits for a request in progress, rejects new ones, and exits with 0 within ten seconds', async () => {
    const server = await startServer(folder, productionEnvironment);
    await withClient(productionEnvironment.DATABASE_URL, async (client) => {
      await client.query('begin; lock table schema_migrations in access exclusive mode');
      const slow = sendRequest(server.port, '/health/ready');
      await vi.waitFor(async () => {
        const waiting = await client.query(
          `select from pg_locks where not granted and relation = 'schema_migrations'::regclass`,
        );
        expect(waiting.rowCount).toBe(1);
      }, 5_000);
      const signalledAt = Date.now();
      server.child.kill('SIGTERM');
      await vi.waitFor(
        () => expect(sendRequest(server.port, '/health/live')).rejects.toThrow('ECONNREFUSED'),
        5_000,
      );
      await client.query('commit');
      expect((await slow).status).toBe(200);
      expect(await server.ended).toBe(0);
      expect(Date.now() - signalledAt).toBeLessThan(10_000);
    });
  });
});
