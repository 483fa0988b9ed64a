import { isProduction } from './platform/config/production.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;

/** Something to be stopped before the process exits. */
export type Stoppable = Readonly<{ stop(): Promise<void> }>;

/**
 * Runs a process. Outside production it first completes the environment (embedded PostgreSQL, secrets). Errors during the start
 * are printed without a stack trace. On SIGTERM and SIGINT it stops gracefully, within 10 seconds.
 */
export async function startProcess(main: () => Promise<Stoppable>): Promise<void> {
  let environment: Stoppable | null = null;
  try {
    environment = await prepareEnvironment();
    const runningProcess = await main();
    stopOnSignal(runningProcess, environment);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    await environment?.stop();
    process.exit(1);
  }
}

/** Completes the environment variables outside production. */
export async function prepareEnvironment(): Promise<Stoppable> {
  if (isProduction(process.env)) {
    // Express and other libraries treat a missing NODE_ENV as development.
    process.env.NODE_ENV = 'production';
    return { stop: async () => {} };
  }
  const environment = await import('./demo/environment.ts');
  return environment.prepareDevelopmentEnvironment(process.env);
}

function stopOnSignal(running: Stoppable, environment: Stoppable): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    await running.stop();
    await environment.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
