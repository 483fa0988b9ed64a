import { type Request, type Response, Router } from 'express';
import { row } from './database.ts';
import { log } from './log.ts';
import { pendingMigrations } from './migrations.ts';

/** What a load balancer asks. Neither answer needs a session. */
export const health = Router();
health.get('/health/live', (_req, res) => res.json({ status: 'alive' }));
health.get('/health/ready', showReady);

/** How far the worker is behind, in seconds: the age of the oldest job that could have run. */
export async function queueLag(): Promise<number> {
  const lag = await row<{ seconds: number }>(
    `select coalesce(extract(epoch from now() - min(run_at)), 0)::int as seconds
     from graphile_worker.jobs where run_at < now() and locked_at is null and attempts < max_attempts`,
  );
  return lag?.seconds ?? 0;
}

async function showReady(_req: Request, res: Response): Promise<void> {
  try {
    const waiting = await pendingMigrations();
    const queueLagSeconds = await queueLag();
    const ready = waiting.length === 0;
    res
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'waiting', database: true, migrations: waiting, queueLagSeconds });
  } catch (error) {
    log.warn({ err: error }, 'not ready');
    res.status(503).json({ status: 'waiting', database: false });
  }
}
