import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { database, inTransaction } from '../../../src/platform/db/database.ts';
import { asset } from '../../../src/platform/http/view.ts';
import { enqueue } from '../../../src/platform/jobs/queue.ts';
import { queryRows } from '../../support/database.ts';
import {
  createTestAccount,
  createTestInvitation,
  newVisitor,
  validPassword,
} from '../../support/fixtures.ts';
import type { Visitor } from '../../support/visitor.ts';

const name = new URL(process.env.DATABASE_URL ?? '').pathname.slice(1);
let admin: pg.Client;
let member: Visitor;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject('run').adminUrl });
  await admin.connect();
  await createTestAccount('member@example.org');
  member = newVisitor();
  await member.signIn('member@example.org', validPassword);
});
afterEach(() => startDatabase());
afterAll(async () => {
  await admin.end();
  await database.close();
});

/** Makes the database reject connections, and ends the existing ones. */
async function stopDatabase(): Promise<void> {
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
}

async function startDatabase(): Promise<void> {
  await admin.query(`alter database ${name} allow_connections true`);
}

const getReadiness = async () => {
  const { status, body, headers } = await newVisitor().agent.get('/health/ready');
  return { status, body, headers };
};

describe('the health check', () => {
  it('is ready if the database is available and migrated', async () => {
    const { status, body, headers } = await getReadiness();
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ready', database: true, migrations: [], queueLagSeconds: 0 });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('is not ready while a migration is pending, and names it', async () => {
    const removed = await queryRows<{ name: string; sha256: string }>(
      `delete from schema_migrations where name like '0009%' returning name, sha256`,
    );
    try {
      const { status, body } = await getReadiness();
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: 'waiting', database: true, migrations: [removed[0]?.name] });
    } finally {
      await queryRows('insert into schema_migrations (name, sha256) values ($1, $2) returning name', [
        removed[0]?.name,
        removed[0]?.sha256,
      ]);
    }
  });

  it('reports the age of the oldest due job, and stays ready', async () => {
    await inTransaction(() => enqueue('purge', {}, { runAt: new Date(Date.now() - 90_000) }));
    await inTransaction(() => enqueue('purge', {}, { runAt: new Date(Date.now() + 90_000) }));
    const { status, body } = await getReadiness();
    expect(status).toBe(200);
    expect(body.queueLagSeconds).toBeGreaterThanOrEqual(90);
    expect(body.queueLagSeconds).toBeLessThan(150);
  });

  it('uses no session', async () => {
    const before = await queryRows('select sid from sessions');
    const response = await newVisitor().agent.get('/health/live').set('Cookie', 'homecoming=s%3Aabc.def');
    expect(response.body).toEqual({ status: 'alive' });
    expect(await queryRows('select sid from sessions')).toEqual(before);
  });
});

describe('while the database is unavailable', () => {
  it('pages respond with 503 and show the support address', async () => {
    await stopDatabase();
    for (const path of ['/', '/admin', '/register']) expect((await member.open(path)).status).toBe(503);
    const page = await member.open('/home');
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toBe('10');
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.text).toContain('be back in a moment');
    expect(page.text).toContain('alumni-office@example.org');
    expect(page.html).not.toMatch(/57P01|55000|ECONN|Sequelize|terminat|accepting connections/i);
  });

  it('pages that need no database still work', async () => {
    await stopDatabase();
    expect((await newVisitor().open('/health/live')).status).toBe(200);
    expect((await newVisitor().open(asset('/styles.css'))).status).toBe(200);
    expect((await newVisitor().open('/invite/nonsense')).status).toBe(400);
    expect((await newVisitor().open('/register?token=nonsense')).text).toContain('Invalid invitation link');
    expect((await newVisitor().agent.put('/')).status).toBe(405);
  });

  it('the readiness check fails and recovers', async () => {
    await stopDatabase();
    const ready = await newVisitor().agent.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({ status: 'waiting', database: false });
    await startDatabase();
    expect((await newVisitor().agent.get('/health/ready')).body).toMatchObject({
      status: 'ready',
      database: true,
    });
  });

  it('access is still denied, and a submitted form has no partial effect', async () => {
    const { url, invitation } = await createTestInvitation('amma@example.org');
    const amma = newVisitor();
    await amma.open(url);
    await stopDatabase();
    const response = await amma.submit('/register', { name: 'Amma', password: validPassword });
    expect(response.status).toBe(503);
    expect((await newVisitor().open('/admin/invitations')).path).toMatch(/^\/sign-in/);
    await startDatabase();
    expect(
      await queryRows('select accepted_at as at from invitations where id = $1', [invitation.id]),
    ).toEqual([{ at: null }]);
    await amma.open('/register');
    expect((await amma.submit('/register', { name: 'Amma', password: validPassword })).path).toBe('/home');
  });

  it('a request whose query is interrupted gets the same page', async () => {
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
    const locked = new pg.Client({ connectionString: process.env.DATABASE_URL });
    locked.on('error', () => {});
    await locked.connect();
    await locked.query('begin; lock table profiles in access exclusive mode');
    const pending = member.agent.get('/home').then((page) => page);
    await waitForLock('profiles');
    await stopDatabase();
    const page = await pending;
    expect(page.status).toBe(503);
    expect(page.text).toContain('be back in a moment');
  });
});

async function waitForLock(table: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  let found: pg.QueryResult;
  do {
    found = await client.query('select from pg_locks where not granted and relation = $1::regclass', [table]);
  } while (found.rowCount === 0);
  await client.end();
}

describe('when the database is available again', () => {
  it('everything works without a restart, and sessions continue', async () => {
    await stopDatabase();
    expect((await member.open('/home')).status).toBe(503);
    await startDatabase();
    const page = await member.open('/home');
    expect(page.status).toBe(200);
    expect(page.path).toBe('/home');
    expect((await newVisitor().signIn('member@example.org', validPassword)).path).toBe('/home');
  });

  it('recovers repeatedly', async () => {
    for (let times = 0; times < 3; times += 1) {
      await stopDatabase();
      expect((await member.open('/home')).status).toBe(503);
      await startDatabase();
      expect((await member.open('/home')).status).toBe(200);
    }
  });
});
