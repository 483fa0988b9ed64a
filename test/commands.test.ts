import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Account } from '../src/accounts/account.ts';
import { row } from '../src/database.ts';
import { goodPassword, stranger } from './support/cast.ts';

type Told = Readonly<{ status: number | null; said: string; complained: string }>;

// As it is installed: `npm test` builds it first.
const cli = resolve(import.meta.dirname, '../dist/cli.js');

function homecoming(words: string[], typed = ''): Promise<Told> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...words], { env: process.env });
    let said = '';
    let complained = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    child.stderr.on('data', (text) => {
      complained += text;
    });
    child.on('close', (status) => done({ status, said, complained }));
    child.stdin.end(typed);
  });
}

describe('the command homecoming', () => {
  it('migrates a database that is up to date without doing anything', async () => {
    expect(await homecoming(['migrate'])).toMatchObject({ status: 0, said: 'The database is up to date.\n' });
  });

  it('creates an account whose password is read from standard input, by the same rules as the site', async () => {
    const words = ['create-account', 'First.Admin@example.org', '--name', 'First Admin', '--role', 'admin'];
    const weak = await homecoming(words, 'password\n');
    expect(weak.status).toBe(1);
    expect(weak.complained).toContain('at least 12 characters');
    expect((await homecoming(words, `${goodPassword}\n`)).said).toContain('can sign in as admin');
    expect((await Account.findOne({ where: { email: 'first.admin@example.org' } }))?.staffRole).toBe('admin');
    const visitor = stranger();
    expect((await visitor.signIn('first.admin@example.org', goodPassword)).path).toBe('/admin/invitations');
    const twice = await homecoming(words, `${goodPassword}\n`);
    expect(twice).toMatchObject({
      status: 1,
      complained: 'There is an account with this address already.\n',
    });
  });

  it('invites, prints a link that works, and warns of a second invitation', async () => {
    const printed = await homecoming(['invite', 'by-command@example.org', '--link', '--days', '3']);
    expect((await stranger().open(printed.said.trim())).status).toBe(200);
    expect((await homecoming(['invite', 'by-command@example.org'])).complained).toContain('--replace');
    expect((await homecoming(['invite', 'by-command@example.org', '--replace'])).status).toBe(0);
    expect((await homecoming(['invite', 'nobody'])).complained).toContain('Type an e-mail address');
    expect((await homecoming(['invite', 'a@example.org', '--days', '91'])).complained).toContain(
      '1 to 90 days',
    );
  });

  it('imports records and tells line by line what it could not take', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'import-'));
    const file = join(folder, 'records.csv');
    await writeFile(file, 'external_id;last_name;year_of_birth\r\nC1;Nkosi;1980\r\nC2;Berg;eighty\r\n');
    const told = await homecoming(['import-alumni', file]);
    expect(told.status).toBe(1);
    expect(told.said).toMatch(/1 created.*\n.*Line 3/);
    const stored = await row<{ year: number }>(
      `select year_of_birth as year from alumni_members where external_id = 'C1'`,
    );
    expect(stored?.year).toBe(1980);
    expect((await homecoming(['import-alumni', join(folder, 'none.csv')])).complained).toContain(
      'There is no file',
    );
  });

  it('names what is missing and shows no stack trace', async () => {
    for (const words of [['invite'], ['frobnicate'], ['create-account', 'a@example.org']]) {
      const told = await homecoming(words);
      expect(told.status).toBe(1);
      expect(told.complained).toContain('error: ');
      expect(told.complained).not.toMatch(/\n\s+at /);
    }
  });
});
