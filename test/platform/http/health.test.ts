import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { database, inTransaction } from '../../../src/platform/db/database.ts';
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
afterEach(() => begin());
afterAll(async () => {
  await admin.end();
  await database.close();
});

/** The database takes no connection any more, and all that there are break. */
async function stop(): Promise<void> {
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
}

async function begin(): Promise<void> {
  await admin.query(`alter database ${name} allow_connections true`);
}

const ready = async () => {
  const { status, body, headers } = await newVisitor().agent.get('/health/ready');
  return { status, body, headers };
};

describe('the health of the site', () => {
  it('is good when the database is there and every step has run', async () => {
    const { status, body, headers } = await ready();
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ready', database: true, migrations: [], queueLagSeconds: 0 });
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('is not while a step of the database waits, and names it', async () => {
    const done = await queryRows<{ name: string; sha256: string }>(
      `delete from schema_migrations where name like '0009%' returning name, sha256`,
    );
    try {
      const { status, body } = await ready();
      expect(status).toBe(503);
      expect(body).toMatchObject({ status: 'waiting', database: true, migrations: [done[0]?.name] });
    } finally {
      await queryRows('insert into schema_migrations (name, sha256) values ($1, $2) returning name', [
        done[0]?.name,
        done[0]?.sha256,
      ]);
    }
  });

  it('says how long the oldest job has been due, and stays good', async () => {
    await inTransaction(() => enqueue('purge', {}, { runAt: new Date(Date.now() - 90_000) }));
    await inTransaction(() => enqueue('purge', {}, { runAt: new Date(Date.now() + 90_000) }));
    const { status, body } = await ready();
    expect(status).toBe(200);
    expect(body.queueLagSeconds).toBeGreaterThanOrEqual(90);
    expect(body.queueLagSeconds).toBeLessThan(150);
  });

  it('needs no session, and its life needs nothing at all', async () => {
    const before = await queryRows('select sid from sessions');
    const answer = await newVisitor().agent.get('/health/live').set('Cookie', 'homecoming=s%3Aabc.def');
    expect(answer.body).toEqual({ status: 'alive' });
    expect(await queryRows('select sid from sessions')).toEqual(before);
  });
});

describe('while the database is away', () => {
  it('pages say that we are back in a moment, and to whom to write till then', async () => {
    await stop();
    for (const path of ['/', '/admin', '/register']) expect((await member.open(path)).status).toBe(503);
    const page = await member.open('/home');
    expect(page.status).toBe(503);
    expect(page.headers['retry-after']).toBe('10');
    expect(page.headers['cache-control']).toBe('no-store');
    expect(page.text).toContain('Back in a moment');
    expect(page.text).toContain('alumni-office@example.org');
    expect(page.html).not.toMatch(/57P01|55000|ECONN|Sequelize|terminat|accepting connections/i);
  });

  it('nothing that needs no database minds', async () => {
    await stop();
    expect((await newVisitor().open('/health/live')).status).toBe(200);
    expect((await newVisitor().open('/built/styles.css')).status).toBe(200);
    expect((await newVisitor().open('/invite/nonsense')).status).toBe(400);
    expect((await newVisitor().open('/register?token=nonsense')).text).toContain('Invalid invitation link');
    expect((await newVisitor().agent.put('/')).status).toBe(405);
  });

  it('the health says that it is not ready, and the process that it lives', async () => {
    await stop();
    const ready = await newVisitor().agent.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body).toEqual({ status: 'waiting', database: false });
    await begin();
    expect((await newVisitor().agent.get('/health/ready')).body).toMatchObject({
      status: 'ready',
      database: true,
    });
  });

  it('nobody gets in who would not otherwise, and no form is half done', async () => {
    const { url, invitation } = await createTestInvitation('amma@example.org');
    const amma = newVisitor();
    await amma.open(url);
    await stop();
    const answer = await amma.submit('/register', { name: 'Amma', password: validPassword });
    expect(answer.status).toBe(503);
    expect((await newVisitor().open('/admin/invitations')).path).toMatch(/^\/sign-in/);
    await begin();
    expect(
      await queryRows('select accepted_at as at from invitations where id = $1', [invitation.id]),
    ).toEqual([{ at: null }]);
    await amma.open('/register');
    expect((await amma.submit('/register', { name: 'Amma', password: validPassword })).path).toBe('/home');
  });

  it('an answer that is being looked up when the connection breaks says the same', async () => {
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
    const locked = new pg.Client({ connectionString: process.env.DATABASE_URL });
    locked.on('error', () => {});
    await locked.connect();
    await locked.query('begin; lock table profiles in access exclusive mode');
    const waiting = member.agent.get('/home').then((page) => page);
    await waitForLock('profiles');
    await stop();
    const page = await waiting;
    expect(page.status).toBe(503);
    expect(page.text).toContain('Back in a moment');
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

describe('once the database is back', () => {
  it('everything goes on without a restart, and who was signed in still is', async () => {
    await stop();
    expect((await member.open('/home')).status).toBe(503);
    await begin();
    const page = await member.open('/home');
    expect(page.status).toBe(200);
    expect(page.path).toBe('/home');
    expect((await newVisitor().signIn('member@example.org', validPassword)).path).toBe('/home');
  });

  it('and again, and again', async () => {
    for (let times = 0; times < 3; times += 1) {
      await stop();
      expect((await member.open('/home')).status).toBe(503);
      await begin();
      expect((await member.open('/home')).status).toBe(200);
    }
  });
});
