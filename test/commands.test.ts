import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Account } from '../src/accounts/account.ts';
import { type CommandOptions, type CommandResult, exitStatuses, runCommand } from '../src/command-run.ts';
import {
  importAlumniFile,
  inviteAddress,
  migrateDatabase,
  recordBounces,
  resendInvitation,
  revokeInvitation,
} from '../src/commands.ts';
import { listActiveSuppressions } from '../src/platform/mail/suppressions.ts';
import { queryRow } from './support/database.ts';
import { createTestInvitation, latestMail, newVisitor, validPassword } from './support/fixtures.ts';

type ProcessResult = Readonly<{ status: number | null; stdout: string; stderr: string }>;

// `npm test` builds it first.
const cli = resolve(import.meta.dirname, '../dist/cli.js');

function runCli(args: string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<ProcessResult> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (status) => done({ status, stdout, stderr }));
    child.stdin.end(input);
  });
}

async function writeTemporary(name: string, content: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'command-')), name);
  await writeFile(file, content);
  return file;
}

/** Runs a command with `--json`. */
async function runJson(command: () => Promise<CommandResult>, options: CommandOptions = {}) {
  const { stdout, stderr, exitStatus } = await runCommand(command, { json: true, ...options });
  return { ...JSON.parse(stdout), stderr, exitStatus };
}

describe('the command line', () => {
  it('creates an account with a password from standard input, under the same rules as the site', async () => {
    const args = ['create-account', 'First.Admin@example.org', '--name', 'First Admin', '--role', 'admin'];
    const weak = await runCli(args, 'password\n');
    expect(weak).toMatchObject({ status: 2, stdout: '' });
    expect(weak.stderr).toContain('at least 12 characters');
    // PowerShell begins standard input with a byte order mark.
    const done = await runCli([...args, '--json'], `\ufeff${validPassword}\r\n`);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const account = { email: 'First.Admin@example.org', name: 'First Admin', staff_role: 'admin' };
    expect(JSON.parse(done.stdout)).toEqual({ ...account, dry_run: false });
    expect((await Account.findOne({ where: { email: 'first.admin@example.org' } }))?.staffRole).toBe('admin');
    expect((await newVisitor().signIn('first.admin@example.org', validPassword)).path).toBe('/admin');
  });

  it('reads standard input for -, and writes a dry run as JSON', async () => {
    const { status, stdout, stderr } = await runCli(
      ['import-alumni', '-', '--dry-run', '--json'],
      'external_id,last_name\nSTDIN1,Owusu\nSTDIN2,\n',
    );
    expect({ status, stderr }).toEqual({ status: exitStatuses.partly, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      dry_run: true,
      created: 1,
      rejected: 1,
      errors: [{ line: 3 }],
    });
    expect(await queryRow(`select 1 from alumni_members where external_id like 'STDIN%'`)).toBeNull();
  });

  it.each([
    ['an unknown command', ['frobnicate'], {}, exitStatuses.invalid, "unknown command 'frobnicate'"],
    ['wrong settings', ['migrate'], { PORT: 'abc' }, exitStatuses.invalid, 'PORT must be a port number'],
    [
      'a database that can’t be reached',
      ['invite', 'a@example.org'],
      { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x', LOG_LEVEL: 'info' },
      exitStatuses.unavailable,
      'can’t reach the database (ECONNREFUSED)',
    ],
  ])('reports %s once, on stderr, without a stack trace', async (_what, args, env, status, message) => {
    const result = await runCli(args, '', env);
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr.split(message)).toHaveLength(2);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  it('prints the version and a help for each command, without any settings', async () => {
    const { version } = JSON.parse(await readFile(resolve(import.meta.dirname, '../package.json'), 'utf8'));
    const nothing = { NODE_ENV: 'production', DATABASE_URL: '', SESSION_SECRETS: '', LINK_KEYS: '' };
    expect(await runCli(['--version'], '', nothing)).toEqual({
      status: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
    const { status, stdout } = await runCli(['--help'], '', nothing);
    expect(status).toBe(0);
    expect(stdout).toContain('Exit status:');
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map(([, name = '']) => name);
    expect(names).toHaveLength(7);
    const helps = await Promise.all(names.map((name) => runCli([name, '--help'], '', nothing)));
    for (const [index, help] of helps.entries()) {
      expect(help.stdout).toContain(`Usage: node dist/cli.js ${names[index]}`);
      expect(help.stdout).toMatch(/--json[\s\S]*--dry-run[\s\S]*Examples:/);
      expect(help).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('survives a reader that stops early', async () => {
    const child = spawn(process.execPath, [cli, '--help']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const status = await new Promise((done) => child.on('close', done));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is called in the documents by a name that can’t be a stranger’s package', async () => {
    const root = resolve(import.meta.dirname, '..');
    const pages = [
      join(root, 'README.md'),
      ...(await readdir(join(root, 'docs'))).map((page) => join(root, 'docs', page)),
    ];
    for (const page of pages.filter((name) => name.endsWith('.md')))
      expect(await readFile(page, 'utf8'), page).not.toMatch(/npx homecoming|`homecoming [a-z-]+`/);
  });
});

describe('the commands', () => {
  it('don’t change a database that is up to date', async () => {
    expect(await runCommand(() => migrateDatabase())).toEqual({
      stdout: 'The database is up to date.\n',
      stderr: '',
      exitStatus: 0,
    });
    const dryRun = { dryRun: true };
    expect(await runJson(() => migrateDatabase(dryRun), dryRun)).toMatchObject({
      migrations: [],
      dry_run: true,
    });
  });

  it('invite, print a working link, and refuse a second invitation', async () => {
    const email = 'by-command@example.org';
    const { link, ...invited } = await runJson(() => inviteAddress(email, { link: true, days: '3' }));
    expect(invited).toMatchObject({ email, dry_run: false, exitStatus: 0 });
    expect((await newVisitor().open(link)).status).toBe(200);
    const again = await runJson(() => inviteAddress(email, {}));
    expect(again).toMatchObject({
      exitStatus: exitStatuses.refused,
      error: { kind: 'refused', reasons: ['open'] },
    });
    expect(again.stderr).toBe(`${again.error.message}\n`);
    expect(again.stderr).toContain('--replace');
    const replaced = await runCommand(() => inviteAddress(email, { replace: true }));
    expect(replaced.stdout).toContain('Invited by-command@example.org.');
  });

  it.each([
    ['an address', () => inviteAddress('nobody', {}), 'invalid', 'Enter an e-mail address'],
    ['days', () => inviteAddress('a@example.org', { days: '91' }), 'invalid', 'from 1 to 90'],
    ['a role', () => inviteAddress('a@example.org', { role: 'owner' }), 'invalid', 'support or admin'],
    ['reasons', () => inviteAddress('a@example.org', { override: 'all' }), 'invalid', 'name warnings'],
    [
      'a long message',
      () => inviteAddress('a@example.org', { message: 'x'.repeat(2001) }),
      'invalid',
      '2,000',
    ],
    ['an address to resend to', () => resendInvitation('nobody', {}), 'invalid', 'Enter an e-mail address'],
    ['an invitation', () => revokeInvitation('none@example.org', {}), 'not-found', 'no open invitation'],
    ['a file', () => importAlumniFile('/nowhere/records.csv'), 'not-found', 'There is no file /nowhere'],
    ['a folder', () => recordBounces(tmpdir()), 'invalid', 'can’t read the file'],
    ['an empty file', () => importAlumniFile('/dev/null'), 'invalid', ''],
  ] as const)('refuse %s that can’t be right', async (_what, command, kind, message) => {
    const failed = await runJson(command);
    expect(failed).toMatchObject({ exitStatus: exitStatuses[kind], error: { kind } });
    expect(failed.stderr).toContain(message);
  });

  it('hide the stack of an unexpected error', async () => {
    const failed = await runCommand(() => Promise.reject(new Error('the disk is full')));
    expect(failed).toMatchObject({ stdout: '', exitStatus: exitStatuses.unexpected });
    expect(failed.stderr).toMatch(/the disk is full\n.*LOG_LEVEL=debug/);
    expect(failed.stderr).not.toContain('    at ');
  });

  it('resend and revoke an invitation', async () => {
    const first = await runJson(() => inviteAddress('again@example.org', { link: true }));
    const second = await runJson(() => resendInvitation('Again@example.org', { link: true }));
    expect((await newVisitor().open(first.link)).text).toContain('A newer link was sent on');
    expect((await newVisitor().open(second.link)).status).toBe(200);
    expect((await resendInvitation('again@example.org', {})).text).toContain('a new link');
    const revoked = await runCommand(() => revokeInvitation('again@example.org', { reason: 'left' }));
    expect(revoked.stdout).toContain('Revoked the invitation for again@example.org.');
    expect((await newVisitor().open(second.link)).text).toContain('This invitation is no longer valid');
  });

  it('change nothing in a dry run, but find the same errors', async () => {
    const dryRun = { dryRun: true };
    const email = 'dry@example.org';
    const wouldInvite = await runJson(() => inviteAddress(email, { link: true, ...dryRun }), dryRun);
    expect(wouldInvite).toMatchObject({ email, link: null, dry_run: true, exitStatus: 0 });
    expect(await queryRow('select 1 from invitations where email = $1', [email])).toBeNull();
    expect((await runCommand(() => inviteAddress(email, dryRun), dryRun)).stdout).toMatch(
      /^Nothing was changed\..*\nInvited dry@example\.org/,
    );
    const { url } = await createTestInvitation(email);
    expect((await runCommand(() => inviteAddress(email, dryRun), dryRun)).exitStatus).toBe(
      exitStatuses.refused,
    );
    await runCommand(() => resendInvitation(email, dryRun), dryRun);
    await runCommand(() => revokeInvitation(email, {}), dryRun);
    await latestMail(email);
    const reports = await writeTemporary('reports', `${email}\n${email},complained\nnobody@example.net\n`);
    const counts = { bounced: 1, complained: 1, unknown_addresses: ['nobody@example.net'] };
    expect(await runJson(() => recordBounces(reports), dryRun)).toMatchObject({ ...counts, dry_run: true });
    expect(await listActiveSuppressions(email)).toEqual([]);
    expect((await newVisitor().open(url)).status).toBe(200);
    expect(await runJson(() => recordBounces(reports))).toMatchObject({ ...counts, dry_run: false });
    expect(await listActiveSuppressions(email)).toHaveLength(2);
  });

  it('import records and list rejected lines', async () => {
    const file = await writeTemporary(
      'records.csv',
      'external_id;last_name;year_of_birth\r\nC1;Nkosi;1980\r\nC2;Berg;eighty\r\n',
    );
    const imported = await runCommand(() => importAlumniFile(file));
    expect(imported.stdout).toMatch(/1 created.*\n.*Line 3/);
    expect(imported.exitStatus).toBe(exitStatuses.partly);
    const stored = await queryRow<{ year: number }>(
      `select year_of_birth as year from alumni_members where external_id = 'C1'`,
    );
    expect(stored?.year).toBe(1980);
  });
});
