import { isProduction } from './platform/config/production.ts';

const SHUTDOWN_TIMEOUT_MS = 10_000;

/** What a process has to put away before it ends. */
export type Stoppable = Readonly<{ stop(): Promise<void> }>;

/**
 * Runs one process of Homecoming. Outside production the environment is completed first (embedded PostgreSQL, secrets).
 * What makes a start impossible is told in plain words. SIGTERM and SIGINT let `stop` finish what is under way.
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

/** Fills in what development and the demo need not set; production is left as it is. */
export async function prepareEnvironment(): Promise<Stoppable> {
  if (isProduction(process.env)) {
    // Libraries, Express among them, take a missing NODE_ENV for development.
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
