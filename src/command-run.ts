import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline, type Readable, Transform } from 'node:stream';
import { NotEligible } from './invitations/eligibility/not-eligible.ts';
import { inTransaction, isDatabaseUnavailable } from './platform/db/database.ts';
import { IncompatibleSchema } from './platform/db/migrations.ts';
import { BadRequest, errorCode, HomecomingError, InvalidInput, NotFound } from './platform/errors.ts';
import { formatNumber, formatPercent, t } from './platform/i18n/i18n.ts';

/** The exit statuses, see docs/operations.md. `partly`: done, but some rows of the file were rejected. */
export const exitStatuses = {
  done: 0,
  unexpected: 1,
  invalid: 2,
  'not-found': 3,
  refused: 4,
  unavailable: 5,
  partly: 6,
} as const;
export type ExitName = keyof typeof exitStatuses;

/** What a command did: for people, and as JSON for scripts. */
export type CommandResult = Readonly<{
  text: string;
  data: Readonly<Record<string, unknown>>;
  exit?: ExitName;
}>;

/** `json` prints JSON instead of text, `dryRun` undoes everything at the end. */
export type CommandOptions = Readonly<{ json?: boolean; dryRun?: boolean }>;

export type CommandOutput = Readonly<{ stdout: string; stderr: string; exitStatus: number }>;

/** Runs a command. Never throws: an error becomes a message without a stack trace, and an exit status. */
export async function runCommand(
  command: () => Promise<CommandResult>,
  { json = false, dryRun = false }: CommandOptions = {},
): Promise<CommandOutput> {
  try {
    const { text, data, exit = 'done' } = dryRun ? await undoAfter(command) : await command();
    const shown = dryRun ? `${t('cli:dryRun')}\n${text}` : text;
    const stdout = json ? toJson({ ...data, dry_run: dryRun }) : `${shown}\n`;
    return { stdout, stderr: '', exitStatus: exitStatuses[exit] };
  } catch (error) {
    const exit = exitNameOf(error);
    const message = describeError(error, exit);
    const reasons = error instanceof NotEligible ? error.reasons.map(({ name }) => name) : [];
    return {
      stdout: json ? toJson({ error: { kind: exit, message, reasons } }) : '',
      stderr: `${message}\n`,
      exitStatus: exitStatuses[exit],
    };
  }
}

class Undone extends Error {
  readonly result: CommandResult;

  constructor(result: CommandResult) {
    super();
    this.result = result;
  }
}

/** Runs the whole command and rolls its transaction back, so that a dry run finds every error of a real one. */
async function undoAfter(command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await inTransaction(async () => {
      throw new Undone(await command());
    });
  } catch (error) {
    if (error instanceof Undone) return error.result;
    throw error;
  }
}

function exitNameOf(error: unknown): ExitName {
  if (error instanceof InvalidInput || error instanceof BadRequest) return 'invalid';
  if (error instanceof NotFound) return 'not-found';
  if (isDatabaseUnavailable(error)) return 'unavailable';
  return error instanceof HomecomingError || error instanceof IncompatibleSchema ? 'refused' : 'unexpected';
}

function describeError(error: unknown, exit: ExitName): string {
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  if (exit === 'unavailable')
    return t('cli:errors.databaseUnavailable', {
      reason: errorCode(error) || errorCode(causeOf(error)) || message,
    });
  if (exit !== 'unexpected') return message;
  const isDetailed = ['debug', 'trace'].includes(process.env.LOG_LEVEL ?? '');
  return isDetailed ? stack : t('cli:errors.unexpected', { message });
}

// Sequelize wraps driver errors.
function causeOf(error: unknown): unknown {
  return error instanceof Error && 'original' in error ? error.original : error;
}

function toJson(data: object): string {
  return `${JSON.stringify(data, null, 2)}\n`;
}

/**
 * Opens a file, or stdin for `-`. Shows on a terminal how much has been read.
 * @throws NotFound, InvalidInput if it can't be read
 */
export async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new NotFound(t('cli:errors.fileMissing', { file }))
      : new InvalidInput({ file: t('cli:errors.fileUnreadable', { file }) });
  });
  if (found.isDirectory()) throw new InvalidInput({ file: t('cli:errors.fileUnreadable', { file }) });
  const content = createReadStream(file);
  return process.stderr.isTTY ? showProgress(content, found.size) : content;
}

const PROGRESS_INTERVAL_MS = 200;

function showProgress(content: Readable, size: number): Readable {
  let read = 0;
  let shownAt = 0;
  const show = (text: string) => process.stderr.write(`\r\u001b[K${text}`);
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      if (Date.now() - shownAt >= PROGRESS_INTERVAL_MS) {
        shownAt = Date.now();
        show(
          t('cli:progress', {
            percent: formatPercent(read / size),
            read: formatNumber(Math.round(read / 1000)),
          }),
        );
      }
      done(null, chunk);
    },
    flush(done) {
      show('');
      done();
    },
  });
  return pipeline(content, meter, () => {});
}
