import { type Request, type Response, Router } from 'express';
import { queryRow } from '../db/database.ts';
import { listPendingMigrations } from '../db/migrations.ts';
import { log } from '../log.ts';

/** Health checks for load balancers, without sessions. */
export const healthRoutes = Router();
healthRoutes.get('/health/live', (_req, res) => res.json({ status: 'alive' }));
healthRoutes.get('/health/ready', showReady);

/** How long the oldest runnable job has been waiting, in seconds. */
export async function getQueueLag(): Promise<number> {
  const lag = await queryRow<{ seconds: number }>(
    `select coalesce(extract(epoch from now() - min(run_at)), 0)::int as seconds
     from graphile_worker.jobs where run_at < now() and locked_at is null and attempts < max_attempts`,
  );
  return lag?.seconds ?? 0;
}

async function showReady(_req: Request, res: Response): Promise<void> {
  try {
    const pending = await listPendingMigrations();
    const queueLagSeconds = await getQueueLag();
    const ready = pending.length === 0;
    res
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'waiting', database: true, migrations: pending, queueLagSeconds });
  } catch (error) {
    log.warn({ err: error }, 'the readiness check failed');
    res.status(503).json({ status: 'waiting', database: false });
  }
}
