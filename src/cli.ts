#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CommandOptions, CommandOutput, CommandResult } from './command-run.ts';
import { prepareEnvironment } from './start.ts';

type Commands = typeof import('./commands.ts');

const INVALID = 2;

// Read from files, because the catalogue needs the configuration, and `--help` works without one.
const texts = JSON.parse(readFileSync(new URL('../locales/en/cli.json', import.meta.url), 'utf8'));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// A program that reads the output may stop early, such as `head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const program = new Command('node dist/cli.js')
  .description(help('cli:help.program'))
  .version(version, '--version', help('cli:help.version'))
  .helpOption('-h, --help', help('cli:help.help'))
  .helpCommand(help('cli:help.helpCommand'), help('cli:help.help'))
  .addHelpText('after', `\n${describeExitStatuses()}`)
  .showHelpAfterError(help('cli:help.hint'))
  .exitOverride();

define('migrate', help('cli:help.migrate'))
  .addHelpText('after', examples('migrate', 'migrate --dry-run'))
  .action(run((commands) => commands.migrateDatabase));

define('create-account <address>', help('cli:help.createAccount.text'))
  .requiredOption('--name <name>', help('cli:help.createAccount.name'))
  .option('--role <role>', help('cli:help.createAccount.role'))
  .addHelpText(
    'after',
    examples('create-account ada@example.org --name "Ada Office" --role admin < password.txt'),
  )
  .action(run((commands) => commands.createNewAccount));

define('import-alumni <file>', help('cli:help.importAlumni.text'))
  .option('--erase-empty', help('cli:help.importAlumni.eraseEmpty'))
  .addHelpText(
    'after',
    examples('import-alumni records.csv --dry-run', 'import-alumni - --json < records.csv'),
  )
  .action(run((commands) => commands.importAlumniFile));

define('invite <address>', help('cli:help.invite.text'))
  .option('--days <days>', help('cli:help.invite.days'))
  .option('--role <role>', help('cli:help.invite.role'))
  .option('--message <text>', help('cli:help.invite.message'))
  .option('--link', help('cli:help.invite.link'))
  .option('--replace', help('cli:help.invite.replace'))
  .option('--override <reasons>', help('cli:help.invite.override'))
  .addHelpText(
    'after',
    examples(
      'invite amma@example.org --days 30 --message "See you in May!"',
      'invite amma@example.org --link --replace',
    ),
  )
  .action(run((commands) => commands.inviteAddress));

define('resend <address>', help('cli:help.resend.text'))
  .option('--link', help('cli:help.resend.link'))
  .addHelpText('after', examples('resend amma@example.org'))
  .action(run((commands) => commands.resendInvitation));

define('revoke <address>', help('cli:help.revoke.text'))
  .option('--reason <text>', help('cli:help.revoke.reason'))
  .addHelpText('after', examples('revoke amma@example.org --reason "Left the school"'))
  .action(run((commands) => commands.revokeInvitation));

define('record-bounces <file>', help('cli:help.recordBounces.text'))
  .addHelpText(
    'after',
    examples('record-bounces /var/mail/bounces --dry-run', 'record-bounces - < bounces.txt'),
  )
  .action(run((commands) => commands.recordBounces));

await program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has already printed the help or the mistake.
  process.exitCode = error.exitCode === 0 ? 0 : INVALID;
});

/** A command with the options that all of them have. */
function define(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .helpOption('-h, --help', help('cli:help.help'))
    .option('--json', help('cli:help.json'))
    .option('--dry-run', help('cli:help.dryRun'));
}

/** Prints the command's result to stdout or its error to stderr, and sets the exit status. */
function run(
  choose: (commands: Commands) => (...args: never[]) => Promise<CommandResult>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    // Commander passes the command itself last, after its options.
    const options = args.at(-2) as CommandOptions;
    const { stdout, stderr, exitStatus } = await execute(choose, args, options);
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    process.exitCode = exitStatus;
  };
}

async function execute(
  choose: (commands: Commands) => (...args: never[]) => Promise<CommandResult>,
  args: unknown[],
  options: CommandOptions,
): Promise<CommandOutput> {
  let environment: Awaited<ReturnType<typeof prepareEnvironment>> | null = null;
  let closeDatabase = async () => {};
  try {
    environment = await prepareEnvironment();
    // Loaded only after the environment is complete, because it reads the configuration.
    ({ closeDatabase } = await import('./platform/db/database.ts'));
    const { requireCompatibleSchema } = await import('./platform/db/migrations.ts');
    const { runCommand } = await import('./command-run.ts');
    const command = choose(await import('./commands.ts'));
    return await runCommand(async () => {
      await requireCompatibleSchema();
      return command(...(args as never[]));
    }, options);
  } catch (error) {
    // The settings are wrong, or the demo's database can't be started.
    const message = error instanceof Error ? error.message : String(error);
    return { stdout: '', stderr: `${message}\n`, exitStatus: INVALID };
  } finally {
    await closeDatabase();
    await environment?.stop();
  }
}

function examples(...commands: string[]): string {
  const lines = commands.map((command) => `  ${program.name()} ${command}`);
  return ['', help('cli:help.examples'), ...lines].join('\n');
}

/** The meaning of each exit status from 0, see `exitStatuses`, which needs the configuration. */
function describeExitStatuses(): string {
  const meanings = [
    help('cli:help.exit.done'),
    help('cli:help.exit.unexpected'),
    help('cli:help.exit.invalid'),
    help('cli:help.exit.notFound'),
    help('cli:help.exit.refused'),
    help('cli:help.exit.unavailable'),
    help('cli:help.exit.partly'),
  ];
  const lines = meanings.map((meaning, status) => `  ${status}  ${meaning}`);
  return [help('cli:help.exit.title'), ...lines].join('\n');
}

function help(key: `cli:help.${string}`): string {
  const path = key.split(/[:.]/).slice(1);
  return path.reduce((part, name) => part[name], texts);
}
