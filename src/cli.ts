#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { prepareEnvironment } from './start.ts';

type CommandHandler = (...args: never[]) => Promise<string>;

// Read from the file, because the catalogue needs the configuration, and `--help` works without one.
const texts = JSON.parse(readFileSync(new URL('../locales/en/cli.json', import.meta.url), 'utf8'));

const program = new Command('homecoming').description(help('cli:help.program')).showHelpAfterError();

program
  .command('migrate')
  .description(help('cli:help.migrate'))
  .action(runCommand(async () => (await import('./commands.ts')).migrateDatabase));

program
  .command('create-account <address>')
  .description(help('cli:help.createAccount.text'))
  .requiredOption('--name <name>', help('cli:help.createAccount.name'))
  .option('--role <role>', help('cli:help.createAccount.role'))
  .action(runCommand(async () => (await import('./commands.ts')).createNewAccount));

program
  .command('import-alumni <file>')
  .description(help('cli:help.importAlumni.text'))
  .option('--erase-empty', help('cli:help.importAlumni.eraseEmpty'))
  .action(runCommand(async () => (await import('./commands.ts')).importAlumniFile));

program
  .command('invite <address>')
  .description(help('cli:help.invite.text'))
  .option('--days <days>', help('cli:help.invite.days'))
  .option('--role <role>', help('cli:help.invite.role'))
  .option('--message <text>', help('cli:help.invite.message'))
  .option('--link', help('cli:help.invite.link'))
  .option('--replace', help('cli:help.invite.replace'))
  .option('--override <reasons>', help('cli:help.invite.override'))
  .action(runCommand(async () => (await import('./commands.ts')).inviteAddress));

program
  .command('resend <address>')
  .description(help('cli:help.resend.text'))
  .option('--link', help('cli:help.resend.link'))
  .action(runCommand(async () => (await import('./commands.ts')).resendInvitation));

program
  .command('revoke <address>')
  .description(help('cli:help.revoke.text'))
  .option('--reason <text>', help('cli:help.revoke.reason'))
  .action(runCommand(async () => (await import('./commands.ts')).revokeInvitation));

program
  .command('record-bounces <file>')
  .description(help('cli:help.recordBounces.text'))
  .option('--dry-run', help('cli:help.recordBounces.dryRun'))
  .action(runCommand(async () => (await import('./commands.ts')).recordBounces));

await program.parseAsync();

/** Prints the command's result and exits. Errors are printed without a stack trace, with exit status 1. */
function runCommand(loadHandler: () => Promise<CommandHandler>): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    let environment: Awaited<ReturnType<typeof prepareEnvironment>> | null = null;
    // Loaded only after the environment is complete, because it reads the configuration.
    let closeDatabase = async () => {};
    try {
      environment = await prepareEnvironment();
      ({ closeDatabase } = await import('./platform/db/database.ts'));
      await (await import('./platform/db/migrations.ts')).requireCompatibleSchema();
      const handler = await loadHandler();
      process.stdout.write(`${await handler(...(args as never[]))}\n`);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    } finally {
      await closeDatabase();
      await environment?.stop();
    }
  };
}

function help(key: `cli:help.${string}`): string {
  const path = key.split(/[:.]/).slice(1);
  return path.reduce((part, name) => part[name], texts);
}
