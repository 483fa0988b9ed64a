#!/usr/bin/env node
import { Command } from 'commander';
import { prepareEnvironment } from './start.ts';

type CommandHandler = (...args: never[]) => Promise<string>;

const program = new Command('homecoming')
  .description('Homecoming from the command line. Configured by environment variables, see .env.example.')
  .showHelpAfterError();

program
  .command('migrate')
  .description('migrate the database to this version')
  .action(runCommand(async () => (await import('./commands.ts')).migrateDatabase));

program
  .command('create-account <address>')
  .description('create an account; the password is read from the first line of standard input')
  .requiredOption('--name <name>', 'the person’s name')
  .option('--role <role>', 'support or admin (default: member)')
  .action(runCommand(async () => (await import('./commands.ts')).createNewAccount));

program
  .command('import-alumni <file>')
  .description('create and update alumni records from a CSV file')
  .action(runCommand(async () => (await import('./commands.ts')).importAlumniFile));

program
  .command('invite <address>')
  .description('invite an address')
  .option('--days <days>', 'days until the invitation expires, from 1 to 90')
  .option('--role <role>', 'invite as staff: support or admin')
  .option('--message <text>', 'a personal message')
  .option('--link', 'print the link to share instead of mailing it')
  .option('--replace', 'revoke the address’s open invitation and invite again')
  .option('--override <reasons>', 'invite despite these warnings, such as declined,typo')
  .action(runCommand(async () => (await import('./commands.ts')).inviteAddress));

program
  .command('resend <address>')
  .description('resend a pending or expired invitation; older links stop working')
  .option('--link', 'print the link to share instead of mailing it')
  .action(runCommand(async () => (await import('./commands.ts')).resendInvitation));

program
  .command('revoke <address>')
  .description('revoke an open invitation')
  .option('--reason <text>', 'the reason, shown to staff')
  .action(runCommand(async () => (await import('./commands.ts')).revokeInvitation));

program
  .command('record-bounces <file>')
  .description('suppress addresses that bounced or complained; reads an mbox file, or - for standard input')
  .option('--dry-run', 'only count, change nothing')
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
