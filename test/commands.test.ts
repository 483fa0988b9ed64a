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

type CommandResult = Readonly<{ status: number | null; stdout: string; stderr: string }>;

// `npm test` builds it first.
const cli = resolve(import.meta.dirname, '../dist/cli.js');

function runCli(args: string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...args], { env: process.env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    child.stdin.end(input);
  });
}

afterEach(() => {
  process.exitCode = undefined;
});

describe('the homecoming command', () => {
  it('creates an account with a password from standard input, under the same rules as the site', async () => {
    const args = ['create-account', 'First.Admin@example.org', '--name', 'First Admin', '--role', 'admin'];
    const weak = await runCli(args, 'password\n');
    expect(weak).toMatchObject({ status: 1, stdout: '' });
    expect(weak.stderr).toContain('at least 12 characters');
    expect((await runCli(args, `${validPassword}\n`)).stdout).toContain('can sign in as admin');
    expect((await Account.findOne({ where: { email: 'first.admin@example.org' } }))?.staffRole).toBe('admin');
    const visitor = newVisitor();
    expect((await visitor.signIn('first.admin@example.org', validPassword)).path).toBe('/admin');
  });

  it('counts bounces from standard input in a dry run', async () => {
    const dryRun = await runCli(['record-bounces', '-', '--dry-run'], 'nobody@example.net\n');
    expect(dryRun).toMatchObject({ status: 0, stderr: '' });
    expect(dryRun.stdout).toContain('Would record: 0 bounced, 0 complained.');
    expect(dryRun.stdout).toContain('Never sent an e-mail to: nobody@example.net');
    const missing = await runCli(['record-bounces', '/nowhere/mbox']);
    expect(missing.stderr).toContain('There is no file /nowhere/mbox.');
  });

  it('reports an unknown command without a stack trace', async () => {
    const result = await runCli(['frobnicate']);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("error: unknown command 'frobnicate'");
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });
});

describe('the command functions', () => {
  it('don’t change a database that is up to date', async () => {
    expect(await migrateDatabase()).toBe('The database is up to date.');
  });

  it('invite, print a working link, and warn about a second invitation', async () => {
    const link = await inviteAddress('by-command@example.org', { link: true, days: '3' });
    expect((await newVisitor().open(link)).status).toBe(200);
    await expect(inviteAddress('by-command@example.org', {})).rejects.toThrow('--replace');
    expect(await inviteAddress('by-command@example.org', { replace: true })).toContain(
      'Invited by-command@example.org.',
    );
    await expect(inviteAddress('nobody', {})).rejects.toThrow('Enter an e-mail address');
    await expect(inviteAddress('a@example.org', { days: '91' })).rejects.toThrow('from 1 to 90');
    await expect(inviteAddress('a@example.org', { role: 'owner' })).rejects.toThrow('support or admin');
  });

  it('resend and revoke an invitation', async () => {
    const first = await inviteAddress('again@example.org', { link: true });
    const second = await resendInvitation('Again@example.org', { link: true });
    expect((await newVisitor().open(first)).text).toContain('A newer link was sent on');
    expect((await newVisitor().open(second)).status).toBe(200);
    expect(await resendInvitation('again@example.org', {})).toContain('a new link');
    expect(await revokeInvitation('again@example.org', { reason: 'left' })).toContain(
      'Revoked the invitation for again@example.org.',
    );
    expect((await newVisitor().open(second)).text).toContain('This invitation is no longer valid');
    await expect(revokeInvitation('again@example.org', {})).rejects.toThrow('no open invitation');
    await expect(resendInvitation('nobody', {})).rejects.toThrow('Enter an e-mail address');
  });

  it('import records and list rejected lines', async () => {
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
