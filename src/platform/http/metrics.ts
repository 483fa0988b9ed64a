import { timingSafeEqual } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { config } from '../config/config.ts';
import { hashToken } from '../crypto/signed-links.ts';
import { NotFound } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { getQueueLag } from './health.ts';

const registry = new Registry();
collectDefaultMetrics({ register: registry });

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of HTTP requests, by method and status',
  labelNames: ['method', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [registry],
});

new Gauge({
  name: 'queue_lag_seconds',
  help: 'Age of the oldest runnable job',
  registers: [registry],
  async collect() {
    // The other metrics must stay available when the database isn't.
    this.set(await getQueueLag().catch(() => Number.NaN));
  },
});

export const timeRequests: RequestHandler = (req, res, next) => {
  const stop = requestDuration.startTimer({ method: req.method });
  res.on('finish', () => stop({ status: res.statusCode }));
  next();
};

/** `/metrics` for Prometheus, with METRICS_TOKEN as bearer token. Not found if that variable isn't set. */
export const metricsRoutes = Router();
metricsRoutes.get('/metrics', showMetrics);

async function showMetrics(req: Request, res: Response): Promise<void> {
  const header = req.get('Authorization') ?? '';
  const token = config.metricsToken;
  if (token === null || !timingSafeEqual(hashToken(header), hashToken(`Bearer ${token}`))) {
    throw new NotFound(t('errors:messages.notFound'));
  }
  res.type(registry.contentType).send(await registry.metrics());
}
