import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { recordAccessDenied } from '../accounts/access-denials.ts';
import { config } from '../platform/config/config.ts';
import { Forbidden, InvalidInput, NotFound } from '../platform/errors.ts';
import { noStore } from '../platform/http/security.ts';
import { t } from '../platform/i18n/i18n.ts';
import { actorOf } from '../sign-in/guard.ts';
import { authorize } from './authorize.ts';
import { readJson } from './json.ts';
import { openApiDocument } from './openapi.ts';
import type { ObjectSchema, Operation } from './operation.ts';
import { operations } from './operations.ts';
import { furtherProblemTypes, MethodNotAllowed, problemHandler, problemTypes } from './problems.ts';

/** The JSON API. It is mounted before the session middleware, so cookies are ignored; requests carry bearer tokens. */
export const apiRoutes = Router({ caseSensitive: true, strict: true });
apiRoutes.get('/docs', noStore, showDocs);
apiRoutes.get('/problems', noStore, showProblems);
apiRoutes.use(noStore, setApiCsp, requireHttps, readJson);
for (const operation of operations) apiRoutes[operation.method](operation.path, operationHandler(operation));
apiRoutes.get('/v1/openapi.json', showOpenApi);
apiRoutes.use(rejectUnmatched, auditDeniedAccess, problemHandler);

/** One-time links to groups at the root of the site, where programs that know no `/api/v1` expect them. */
export const groupLinkAliases = Router({ caseSensitive: true, strict: true });
groupLinkAliases.post(
  ['/groups/:id/generate-invite-link', '/groups/:id/redeem-invite-link'],
  (req, res, next) => {
    req.url = `/v1${req.url}`;
    apiRoutes(req, res, next);
  },
);

function showDocs(_req: Request, res: Response): void {
  res.render('api/docs');
}

function showProblems(_req: Request, res: Response): void {
  const byStatus = Object.entries(problemTypes).map(([status, type]) => ({ status: Number(status), type }));
  const further = furtherProblemTypes.map((type) => ({ status: 401, type }));
  res.render('api/problems', { problems: [...byStatus, ...further] });
}

function showOpenApi(_req: Request, res: Response): void {
  res.json(openApiDocument());
}

function setApiCsp(...[_req, res, next]: Parameters<RequestHandler>): void {
  res.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  next();
}

// A token sent in the clear is compromised. There is no redirect to https, so that the client's developer notices.
function requireHttps(...[req, _res, next]: Parameters<RequestHandler>): void {
  const isInsecure =
    config.baseUrl.startsWith('https:') && config.environment === 'production' && !req.secure;
  if (isInsecure) throw new Forbidden(t('api:errors.https'));
  next();
}

function operationHandler(operation: Operation): RequestHandler {
  return async (req, res) => {
    await authorize(operation, req, res);
    const query = validate(operation.query, req.query);
    const body = operation.body ? validate(operation.body, req.body) : {};
    const response = await operation.run({
      req,
      res,
      id: String(Object.values(req.params)[0] ?? ''),
      query,
      body,
    });
    setResponseHeaders(operation, response, res);
    // The default is 200. An operation with another status of success has set it.
    if (res.statusCode === 200) res.status(operation.status);
    res.json(response);
  };
}

function setResponseHeaders({ location }: Operation, response: unknown, res: Response): void {
  if (location) res.set('Location', `/api${location(response)}`);
  const { previous = null, next = null } = response as { previous?: string | null; next?: string | null };
  if (previous !== null) res.links({ prev: previous });
  if (next !== null) res.links({ next });
}

function validate<S extends ObjectSchema>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors: Record<string, string> = {};
  for (const issue of result.error.issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    for (const name of unknown) errors[[...issue.path, name].join('.')] = t('api:errors.unknownField');
    if (unknown.length === 0) errors[issue.path.join('.') || 'body'] ??= issue.message;
  }
  throw new InvalidInput(errors);
}

function rejectUnmatched({ path }: Request): void {
  const matching = operations.filter((operation) => toPathPattern(operation.path).test(path));
  const methods = matching.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const allowedMethods = ['/docs', '/problems', '/v1/openapi.json'].includes(path)
    ? ['GET', 'HEAD']
    : methods;
  if (allowedMethods.length > 0) throw new MethodNotAllowed(allowedMethods.join(', '));
  throw new NotFound(t('api:errors.noSuchUrl'));
}

// Denied access is recorded in the audit, as it is on the staff pages.
async function auditDeniedAccess(
  error: unknown,
  req: Request,
  res: Response,
  next: NextFunction,
): Promise<void> {
  if (error instanceof Forbidden) await recordAccessDenied(actorOf(req, res), req.method, `/api${req.path}`);
  next(error);
}

function toPathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
}
