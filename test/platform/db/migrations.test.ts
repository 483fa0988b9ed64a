import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../../src/platform/db/migrations.ts';
import { compileProduct, productionEnvironment, runNode } from '../../security/processes.ts';
import { dropDatabase } from '../../support/drop-database.ts';

const { adminUrl, template } = inject('run');
const name = `${template}_scratch_${process.env.VITEST_POOL_ID}`;
const databaseUrl = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).href;

let admin: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
});
beforeEach(async () => {
  await dropDatabase(admin, name);
  await admin.query(`create database ${name}`);
});
afterAll(async () => {
  await dropDatabase(admin, name);
  await admin.end();
});

/** Writes migrations to a folder. @returns the source for `migrate`, with the scratch database */
async function createSource(files: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const [file, sql] of Object.entries(files)) await writeFile(join(directory, file), sql);
  return { directory, databaseUrl };
}

async function queryScratch<Row extends object>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const numbers = { '0001-numbers.sql': 'create table numbers (n integer); insert into numbers values (1);' };
const indexed = {
  ...numbers,
  '0002-numbers-index.sql': '-- no transaction\ncreate index concurrently numbers_n on numbers (n);',
};

describe('a migration', () => {
  it('runs once, in order', async () => {
    const source = await createSource(indexed);
    expect(await migrate(source)).toEqual(['0001-numbers.sql', '0002-numbers-index.sql']);
    expect(await migrate(source)).toEqual([]);
    expect(await queryScratch('select n from numbers')).toEqual([{ n: 1 }]);
  });

  it('is rolled back if it fails, and runs after it is corrected', async () => {
    const source = await createSource({
      ...numbers,
      '0002-more.sql': 'create table more (n integer); select 1/0;',
    });
    await expect(migrate(source)).rejects.toThrow(/0002-more\.sql.*division by zero/);
    expect(await queryScratch(`select to_regclass('more') as more`)).toEqual([{ more: null }]);
    await writeFile(join(source.directory, '0002-more.sql'), 'create table more (n integer);');
    expect(await migrate(source)).toEqual(['0002-more.sql']);
  });

  it('waits at most five seconds for a table lock', async () => {
    await migrate(
      await createSource({
        '0001.sql': `create table seen as select current_setting('lock_timeout') as lock_timeout`,
      }),
    );
    expect(await queryScratch('select lock_timeout from seen')).toEqual([{ lock_timeout: '5s' }]);
  });

  it('marked “no transaction” can create an index concurrently', async () => {
    await migrate(await createSource(indexed));
    expect(
      await queryScratch(`select indisvalid as valid from pg_index where indexrelid = 'numbers_n'::regclass`),
    ).toEqual([{ valid: true }]);
  });

  it('marked “no transaction” isn’t blocked by concurrent migrations', async () => {
    const source = await createSource(indexed);
    const results = await Promise.all([migrate(source), migrate(source), migrate(source)]);
    expect(results.flat().sort()).toEqual(Object.keys(indexed));
  });

  it('marked “no transaction” is not recorded if it fails', async () => {
    const source = await createSource({
      ...numbers,
      '0002-twice.sql':
        '-- no transaction\ncreate unique index concurrently one_each on numbers ((n / (n - 1)));',
    });
    await expect(migrate(source)).rejects.toThrow('division by zero');
    expect(await queryScratch('select name from schema_migrations')).toEqual([{ name: '0001-numbers.sql' }]);
  });
});

describe('a database migrated by another version', () => {
  const message = 'Another version of Homecoming migrated this database';

  beforeEach(() =>
    queryScratch(`create table schema_migrations (name text primary key, run_at timestamptz not null default now());
      insert into schema_migrations values ('0001-extensions.sql'), ('0002-accounts.sql');`),
  );

  it('is not migrated, and the error lists the migrations that differ', async () => {
    const files = { '0002-accounts.sql': '', '0003-more.sql': 'create table more (n integer)' };
    const attempt = migrate(await createSource(files));
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(
      'or differ: 0001-extensions.sql, 0002-accounts.sql. Nothing was changed',
    );
    expect(await queryScratch(`select to_regclass('more') as more`)).toEqual([{ more: null }]);
  });

  it('is recognised by edited migrations, but not by edited comments', async () => {
    await queryScratch('drop table schema_migrations');
    const [file = '', sql = ''] = Object.entries(numbers)[0] ?? [];
    await migrate(await createSource(numbers));
    expect(await migrate(await createSource({ [file]: `-- Numbers.\n${sql}\n` }))).toEqual([]);
    const edited = migrate(await createSource({ [file]: sql.replace('integer', 'bigint') }));
    await expect(edited).rejects.toThrow(
      `${message}. Migrations that are missing from this version or differ: ${file}.`,
    );
  });

  it.each([
    ['server.js', [], 1],
    ['worker.js', [], 1],
    ['cli.js', ['migrate'], 4],
    ['cli.js', ['invite', 'amma@example.org'], 4],
  ])('%s %j exits with that error', async (file, args, status) => {
    const folder = await compileProduct();
    const started = runNode([join(folder, 'dist', file), ...args], {
      ...productionEnvironment,
      DATABASE_URL: databaseUrl,
    });
    expect(await started.ended).toBe(status);
    expect(started.errors()).toContain(message);
    expect(started.errors()).toContain('set DATABASE_URL to an empty database');
    expect(started.errors()).not.toMatch(/\n\s+at |postgres\n/);
  });

  it('the demo also explains how to start over', async () => {
    const folder = await compileProduct();
    const dataDir = join(tmpdir(), 'demo-data');
    const settings = {
      ...productionEnvironment,
      NODE_ENV: 'development',
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
    };
    const started = runNode([join(folder, 'dist', 'run-demo.js')], settings);
    expect(await started.ended).toBe(1);
    expect(started.errors()).toContain(message);
    expect(started.errors()).toContain(
      `is in ${dataDir}/postgres: to start over, stop the demo and run npm run db:reset`,
    );
  });
});
