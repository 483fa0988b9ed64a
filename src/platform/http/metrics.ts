import { timingSafeEqual } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { config } from '../config/config.ts';
import { hashToken as digest } from '../crypto/signed-links.ts';
import { NotFound } from '../errors.ts';
import { getQueueLag } from './health.ts';

const registry = new Registry();
collectDefaultMetrics({ register: registry });

const requestDuration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Time to answer a request, by method and status',
  labelNames: ['method', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [registry],
});

new Gauge({
  name: 'queue_lag_seconds',
  help: 'Age of the oldest job that could have run',
  registers: [registry],
  async collect() {
    // The other figures are wanted most when the database is away.
    this.set(await getQueueLag().catch(() => Number.NaN));
  },
});

/** Times every request. */
export const timeRequests: RequestHandler = (req, res, next) => {
  const stop = requestDuration.startTimer({ method: req.method });
  res.on('finish', () => stop({ status: res.statusCode }));
  next();
};

/** `/metrics` for Prometheus, with the bearer token METRICS_TOKEN; without that setting there is no such page. */
export const metricsRoutes = Router();
metricsRoutes.get('/metrics', showMetrics);

async function showMetrics(req: Request, res: Response): Promise<void> {
  const header = req.get('Authorization') ?? '';
  const token = config.metricsToken;
  if (token === null || !timingSafeEqual(digest(header), digest(`Bearer ${token}`))) {
    throw new NotFound('There is no page at this address.');
  }
  res.type(registry.contentType).send(await registry.metrics());
}
