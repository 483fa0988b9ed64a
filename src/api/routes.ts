import { type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { actorOf } from '../accounts/guard.ts';
import { noteRefusal } from '../accounts/refusals.ts';
import { config } from '../config.ts';
import { Forbidden, Invalid, NotFound } from '../errors.ts';
import { neverStored } from '../web/security.ts';
import { admit } from './bearer.ts';
import { readJson } from './json.ts';
import { openApiDocument } from './openapi.ts';
import type { Operation, Shape } from './operation.ts';
import { operations } from './operations.ts';
import { MethodNotAllowed, problems } from './problems.ts';

/** The machines' door. It stands before the sessions: a cookie counts for nothing, a bearer token for all. */
export const api = Router({ caseSensitive: true, strict: true });
api.get('/docs', neverStored, showDocs);
api.use(neverStored, noPage, onlySafely, readJson);
for (const operation of operations) api[operation.method](operation.path, answerTo(operation));
api.get('/v1/openapi.json', showDocument);
api.use(refuse, auditRefusals, problems);

function showDocs(_req: Request, res: Response): void {
  res.render('api/docs');
}

function showDocument(_req: Request, res: Response): void {
  res.json(openApiDocument());
}

function noPage(...[_req, res, next]: Parameters<RequestHandler>): void {
  res.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  next();
}

// A token that was sent in the clear is lost: nothing leads such a program to https, so that its maker notices.
function onlySafely(...[req, _res, next]: Parameters<RequestHandler>): void {
  const isClear = config.baseUrl.startsWith('https:') && config.environment === 'production' && !req.secure;
  if (isClear) throw new Forbidden('Use https.');
  next();
}

function answerTo(operation: Operation): RequestHandler {
  return async (req, res) => {
    await admit(operation.who, req, res);
    const query = read(operation.query, req.query);
    const body = operation.body ? read(operation.body, req.body) : {};
    const answer = await operation.run({ req, res, id: String(req.params.id ?? ''), query, body });
    res.status(operation.status).json(answer);
  };
}

function read<S extends Shape>(shape: S, given: unknown): z.output<S> {
  const result = shape.safeParse(given);
  if (result.success) return result.data;
  const errors: Record<string, string> = {};
  for (const issue of result.error.issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
    for (const name of unknown) errors[[...issue.path, name].join('.')] = 'This field is not known';
    if (unknown.length === 0) errors[issue.path.join('.') || 'body'] ??= issue.message;
  }
  throw new Invalid(errors);
}

function refuse({ path }: Request): void {
  const taken = operations.filter((operation) => asPattern(operation.path).test(path));
  const methods = taken.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : ['POST']));
  const known = ['/docs', '/v1/openapi.json'].includes(path) ? ['GET', 'HEAD'] : methods;
  if (known.length > 0) throw new MethodNotAllowed(known.join(', '));
  throw new NotFound('There is nothing at this address. See /api/docs.');
}

// Whoever's program asks for what isn't theirs leaves a row in the audit, as at the staff's own door.
async function auditRefusals(error: unknown, req: Request, res: Response, next: NextFunction): Promise<void> {
  if (error instanceof Forbidden) await noteRefusal(actorOf(req, res), req.method, `/api${req.path}`);
  next(error);
}

function asPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`);
}
