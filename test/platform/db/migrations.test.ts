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

/** A folder of migrations. @returns what `migrate` takes for it and the scratch database */
async function scratch(files: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  for (const [file, sql] of Object.entries(files)) await writeFile(join(directory, file), sql);
  return { directory, databaseUrl };
}

async function ask<Row extends object>(sql: string): Promise<Row[]> {
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
    const from = await scratch(indexed);
    expect(await migrate(from)).toEqual(['0001-numbers.sql', '0002-numbers-index.sql']);
    expect(await migrate(from)).toEqual([]);
    expect(await ask('select n from numbers')).toEqual([{ n: 1 }]);
  });

  it('leaves nothing behind if it fails, and runs again when it is corrected', async () => {
    const from = await scratch({ ...numbers, '0002-more.sql': 'create table more (n integer); select 1/0;' });
    await expect(migrate(from)).rejects.toThrow(/0002-more\.sql.*division by zero/);
    expect(await ask(`select to_regclass('more') as more`)).toEqual([{ more: null }]);
    await writeFile(join(from.directory, '0002-more.sql'), 'create table more (n integer);');
    expect(await migrate(from)).toEqual(['0002-more.sql']);
  });

  it('waits five seconds at most for a lock on a table', async () => {
    await migrate(
      await scratch({
        '0001.sql': `create table seen as select current_setting('lock_timeout') as patience`,
      }),
    );
    expect(await ask('select patience from seen')).toEqual([{ patience: '5s' }]);
  });

  it('marked “no transaction” can build an index while the site writes', async () => {
    await migrate(await scratch(indexed));
    expect(
      await ask(`select indisvalid as valid from pg_index where indexrelid = 'numbers_n'::regclass`),
    ).toEqual([{ valid: true }]);
  });

  it('marked “no transaction” is not held up by others that wait to migrate', async () => {
    const from = await scratch(indexed);
    const ran = await Promise.all([migrate(from), migrate(from), migrate(from)]);
    expect(ran.flat().sort()).toEqual(Object.keys(indexed));
  });

  it('marked “no transaction” is not recorded if it fails', async () => {
    const from = await scratch({
      ...numbers,
      '0002-twice.sql':
        '-- no transaction\ncreate unique index concurrently one_each on numbers ((n / (n - 1)));',
    });
    await expect(migrate(from)).rejects.toThrow('division by zero');
    expect(await ask('select name from schema_migrations')).toEqual([{ name: '0001-numbers.sql' }]);
  });
});

describe('a database migrated by another version', () => {
  const message = 'Another version of Homecoming migrated this database';

  beforeEach(() =>
    ask(`create table schema_migrations (name text primary key, run_at timestamptz not null default now());
      insert into schema_migrations values ('0001-extensions.sql'), ('0002-accounts.sql');`),
  );

  it('is not migrated, and the message names what differs', async () => {
    const files = { '0002-accounts.sql': '', '0003-more.sql': 'create table more (n integer)' };
    const refused = migrate(await scratch(files));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(
      'or differ: 0001-extensions.sql, 0002-accounts.sql. Nothing was changed',
    );
    expect(await ask(`select to_regclass('more') as more`)).toEqual([{ more: null }]);
  });

  it('is also one whose migrations have been edited since, but not one whose comments have', async () => {
    await ask('drop table schema_migrations');
    const [file = '', sql = ''] = Object.entries(numbers)[0] ?? [];
    await migrate(await scratch(numbers));
    expect(await migrate(await scratch({ [file]: `-- Numbers.\n${sql}\n` }))).toEqual([]);
    const edited = migrate(await scratch({ [file]: sql.replace('integer', 'bigint') }));
    await expect(edited).rejects.toThrow(
      `${message}. Migrations that are missing from this version or differ: ${file}.`,
    );
  });

  it.each([
    ['server.js', []],
    ['worker.js', []],
    ['cli.js', ['migrate']],
    ['cli.js', ['invite', 'amma@example.org']],
  ])('%s %j ends with that message', async (file, args) => {
    const folder = await compileProduct();
    const started = runNode([join(folder, 'dist', file), ...args], {
      ...productionEnvironment,
      DATABASE_URL: databaseUrl,
    });
    expect(await started.ended).toBe(1);
    expect(started.errors()).toContain(message);
    expect(started.errors()).toContain('set DATABASE_URL to an empty database');
    expect(started.errors()).not.toMatch(/\n\s+at |postgres\n/);
  });

  it('the demo also says which directory to delete', async () => {
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
