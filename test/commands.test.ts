import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Account } from '../src/accounts/account.ts';
import {
  importAlumniFile,
  inviteAddress,
  migrateDatabase,
  resendInvitation,
  revokeInvitation,
} from '../src/commands.ts';
import { queryRow } from './support/database.ts';
import { newVisitor, validPassword } from './support/fixtures.ts';

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

afterEach(() => {
  process.exitCode = undefined;
});

describe('the command homecoming', () => {
  it('creates an account whose password is read from standard input, by the same rules as the site', async () => {
    const words = ['create-account', 'First.Admin@example.org', '--name', 'First Admin', '--role', 'admin'];
    const weak = await homecoming(words, 'password\n');
    expect(weak).toMatchObject({ status: 1, said: '' });
    expect(weak.complained).toContain('at least 12 characters');
    expect((await homecoming(words, `${validPassword}\n`)).said).toContain('can sign in as admin');
    expect((await Account.findOne({ where: { email: 'first.admin@example.org' } }))?.staffRole).toBe('admin');
    const visitor = newVisitor();
    expect((await visitor.signIn('first.admin@example.org', validPassword)).path).toBe('/admin');
  });

  it('records bounces from standard input, and nothing in a dry run', async () => {
    const dry = await homecoming(['record-bounces', '-', '--dry-run'], 'nobody@example.net\n');
    expect(dry).toMatchObject({ status: 0, complained: '' });
    expect(dry.said).toContain('Would record: 0 bounced, 0 complained.');
    expect(dry.said).toContain('Never sent mail to: nobody@example.net');
    const none = await homecoming(['record-bounces', '/nowhere/mbox']);
    expect(none.complained).toContain('There is no file /nowhere/mbox.');
  });

  it('names what is missing and shows no stack trace', async () => {
    const told = await homecoming(['frobnicate']);
    expect(told.status).toBe(1);
    expect(told.complained).toContain("error: unknown command 'frobnicate'");
    expect(told.complained).not.toMatch(/\n\s+at /);
  });
});

describe('the verbs behind it', () => {
  it('migrate a database that is up to date without doing anything', async () => {
    expect(await migrateDatabase()).toBe('The database is up to date.');
  });

  it('invite, print a link that works, and warn of a second invitation', async () => {
    const link = await inviteAddress('by-command@example.org', { link: true, days: '3' });
    expect((await newVisitor().open(link)).status).toBe(200);
    await expect(inviteAddress('by-command@example.org', {})).rejects.toThrow('--replace');
    expect(await inviteAddress('by-command@example.org', { replace: true })).toContain('is invited');
    await expect(inviteAddress('nobody', {})).rejects.toThrow('Type an e-mail address');
    await expect(inviteAddress('a@example.org', { days: '91' })).rejects.toThrow('from 1 to 90');
    await expect(inviteAddress('a@example.org', { role: 'owner' })).rejects.toThrow('support or admin');
  });

  it('send an invitation again, and take it back', async () => {
    const first = await inviteAddress('again@example.org', { link: true });
    const second = await resendInvitation('Again@example.org', { link: true });
    expect((await newVisitor().open(first)).text).toContain('A newer link was sent on');
    expect((await newVisitor().open(second)).status).toBe(200);
    expect(await resendInvitation('again@example.org', {})).toContain('gets a new link');
    expect(await revokeInvitation('again@example.org', { reason: 'left' })).toContain('is revoked');
    expect((await newVisitor().open(second)).text).toContain('This invitation is no longer valid');
    await expect(revokeInvitation('again@example.org', {})).rejects.toThrow('no open invitation');
    await expect(resendInvitation('nobody', {})).rejects.toThrow('Type an e-mail address');
  });

  it('import records and tell line by line what could not be taken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'import-'));
    const file = join(folder, 'records.csv');
    await writeFile(file, 'external_id;last_name;year_of_birth\r\nC1;Nkosi;1980\r\nC2;Berg;eighty\r\n');
    expect(await importAlumniFile(file)).toMatch(/1 created.*\n.*Line 3/);
    expect(process.exitCode).toBe(1);
    const stored = await queryRow<{ year: number }>(
      `select year_of_birth as year from alumni_members where external_id = 'C1'`,
    );
    expect(stored?.year).toBe(1980);
    await expect(importAlumniFile(join(folder, 'none.csv'))).rejects.toThrow('There is no file');
  });
});
