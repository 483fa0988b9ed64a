import type { Request, RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { log } from '../log.ts';
import { newReference } from '../text/support-reference.ts';

/** Logs one line per request, without query string, headers, and secrets in the path. */
export const requestLog: RequestHandler = pinoHttp({
  logger: log,
  genReqId: newReference,
  autoLogging: { ignore: (req) => /^\/(built|health)\//.test(req.url ?? '') },
  customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
  customSuccessMessage: () => 'request completed',
  customErrorMessage: () => 'request failed',
  serializers: {
    req: (req: { id: string; method: string; url: string }) => ({
      id: req.id,
      method: req.method,
      path: redactPath(req.url),
    }),
    res: (res: { statusCode: number }) => ({ status: res.statusCode }),
  },
});

/** Removes the query and redacts path segments of more than 32 characters, which may be tokens. */
function redactPath(url: string): string {
  const [path = ''] = url.split('?');
  return path.slice(0, 300).replace(/[^/]{33,}/g, '[redacted]');
}

/** The request's reference, as used in its log line, audit events and error page. */
export function referenceOf(req: Request): string {
  return String(req.id);
}
