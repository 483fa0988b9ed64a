#!/usr/bin/env node
import { Command } from 'commander';
import { prepareEnvironment } from './start.ts';

type CommandHandler = (...given: never[]) => Promise<string>;

const program = new Command('homecoming')
  .description(
    'The verbs of the staff’s panel, for scripts. Settings come from the environment, see .env.example.',
  )
  .showHelpAfterError();

program
  .command('migrate')
  .description('bring the database to this version')
  .action(runCommand(async () => (await import('./commands.ts')).migrateDatabase));

program
  .command('create-account <address>')
  .description('make an account; its password is the first line of standard input')
  .requiredOption('--name <name>', 'the person’s name')
  .option('--role <role>', 'support or admin; without it a plain member')
  .action(runCommand(async () => (await import('./commands.ts')).createNewAccount));

program
  .command('import-alumni <file>')
  .description('add and update alumni records from a CSV file')
  .action(runCommand(async () => (await import('./commands.ts')).importAlumniFile));

program
  .command('invite <address>')
  .description('invite an address')
  .option('--days <days>', 'validity, 1 to 90 days')
  .option('--role <role>', 'an invitation for staff: support or admin')
  .option('--message <text>', 'a personal message')
  .option('--link', 'print the link to hand on instead of mailing it')
  .option('--replace', 'revoke the open invitation of this address and invite again')
  .option('--override <reasons>', 'invite in spite of these warnings, such as declined,typo')
  .action(runCommand(async () => (await import('./commands.ts')).inviteAddress));

program
  .command('resend <address>')
  .description('send an open or expired invitation again; older links stop working')
  .option('--link', 'print the link to hand on instead of mailing it')
  .action(runCommand(async () => (await import('./commands.ts')).resendInvitation));

program
  .command('revoke <address>')
  .description('take an open invitation back')
  .option('--reason <text>', 'why, for the staff')
  .action(runCommand(async () => (await import('./commands.ts')).revokeInvitation));

program
  .command('record-bounces <file>')
  .description(
    'stop writing to addresses that bounced or complained; reads a mailbox file, or - for standard input',
  )
  .option('--dry-run', 'count, and change nothing')
  .action(runCommand(async () => (await import('./commands.ts')).recordBounces));

await program.parseAsync();

/** A verb prints one answer and ends; what it refuses is told in plain words, with exit status 1. */
function runCommand(loadHandler: () => Promise<CommandHandler>): (...args: unknown[]) => Promise<void> {
  return async (...given) => {
    let environment: Awaited<ReturnType<typeof prepareEnvironment>> | null = null;
    // Known once the settings are found good: what can't be read can't be closed either.
    let closeDatabase = async () => {};
    try {
      environment = await prepareEnvironment();
      ({ closeDatabase } = await import('./platform/db/database.ts'));
      await (await import('./platform/db/migrations.ts')).requireCompatibleSchema();
      const handler = await loadHandler();
      process.stdout.write(`${await handler(...(given as never[]))}\n`);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    } finally {
      await closeDatabase();
      await environment?.stop();
    }
  };
}
