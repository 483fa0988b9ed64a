import { createApp } from './app.ts';
import { config } from './platform/config/config.ts';
import { closeDatabase } from './platform/db/database.ts';
import { requireCompatibleSchema } from './platform/db/migrations.ts';
import { listen } from './platform/http/listen.ts';
import { startWorker } from './platform/jobs/worker.ts';
import { log } from './platform/log.ts';
import type { Stoppable } from './start.ts';
import { createTasks, crontab } from './tasks.ts';

export async function runWeb(): Promise<Stoppable> {
  await requireCompatibleSchema();
  const server = await serveWeb();
  return { stop: () => server.stop().then(closeDatabase) };
}

export async function runWorker(): Promise<Stoppable> {
  await requireCompatibleSchema();
  const jobs = await runJobs();
  return { stop: () => jobs.stop().then(closeDatabase) };
}

/** Web and worker in one process, for the demo. */
export async function runWebAndWorker(): Promise<Stoppable> {
  const server = await serveWeb();
  const jobs = await runJobs();
  return {
    async stop() {
      await Promise.all([server.stop(), jobs.stop()]);
      await closeDatabase();
    },
  };
}

async function serveWeb(): Promise<Stoppable> {
  const server = await listen(createApp(), config.port, config.host);
  log.info({ port: server.port }, 'web is listening');
  if (config.environment === 'production' && config.trustProxy === 0) {
    log.warn(
      'TRUST_PROXY is 0: behind an HTTPS proxy nobody can sign in, because the session cookie requires HTTPS',
    );
  }
  return server;
}

async function runJobs(): Promise<Stoppable> {
  const worker = await startWorker(createTasks(), { crontab });
  log.info('worker is running');
  return worker;
}
