import { createApp } from './app.ts';
import { config } from './config.ts';
import { closeDatabase } from './database.ts';
import { startWorker } from './jobs/worker.ts';
import { log } from './log.ts';
import { refuseOtherVersion } from './migrations.ts';
import type { Running } from './start.ts';
import { createTasks, crontab } from './tasks.ts';
import { listen } from './web/listen.ts';

export async function web(): Promise<Running> {
  await refuseOtherVersion();
  const listening = await serve();
  return { stop: () => listening.stop().then(closeDatabase) };
}

export async function worker(): Promise<Running> {
  await refuseOtherVersion();
  const working = await work();
  return { stop: () => working.stop().then(closeDatabase) };
}

/** Both in one process, for the demo. */
export async function webAndWorker(): Promise<Running> {
  const listening = await serve();
  const working = await work();
  return {
    async stop() {
      await Promise.all([listening.stop(), working.stop()]);
      await closeDatabase();
    },
  };
}

async function serve(): Promise<Running> {
  const listening = await listen(createApp(), config.port, config.host);
  log.info({ port: listening.port }, 'web is listening');
  if (config.environment === 'production' && config.trustProxy === 0) {
    log.warn(
      'TRUST_PROXY is 0: behind a proxy that speaks https nobody can sign in, as the cookie needs https',
    );
  }
  return listening;
}

async function work(): Promise<Running> {
  const working = await startWorker(createTasks(), { crontab });
  log.info('worker is working');
  return working;
}
