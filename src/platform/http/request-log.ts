import type { Request, RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { log } from '../log.ts';
import { newReference } from '../text/support-reference.ts';

/** One line a request: no query string, no secret in a path, no header, no address of a person. */
export const requestLog: RequestHandler = pinoHttp({
  logger: log,
  genReqId: newReference,
  autoLogging: { ignore: (req) => /^\/(built|health)\//.test(req.url ?? '') },
  customLogLevel: (_req, res, error) => (error || res.statusCode >= 500 ? 'error' : 'info'),
  customSuccessMessage: () => 'answered',
  customErrorMessage: () => 'failed',
  serializers: {
    req: (req: { id: string; method: string; url: string }) => ({
      id: req.id,
      method: req.method,
      path: redactPath(req.url),
    }),
    res: (res: { statusCode: number }) => ({ status: res.statusCode }),
  },
});

/** A path as it may be logged: without its query, and long random-looking parts left out. */
export function redactPath(url: string): string {
  const [path = ''] = url.split('?');
  return path.slice(0, 300).replace(/[^/]{33,}/g, '[redacted]');
}

/** The request's reference: in its log line, in the audit events it causes, on its error page. */
export function referenceOf(req: Request): string {
  return String(req.id);
}
