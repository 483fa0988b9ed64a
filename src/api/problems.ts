import type { ErrorRequestHandler, Request, Response } from 'express';
import { z } from 'zod';
import { HomecomingError, Invalid, TooManyAttempts } from '../errors.ts';
import { log } from '../log.ts';
import { pageFor } from '../web/error-pages.ts';
import { referenceOf } from '../web/request-log.ts';

/** RFC 9457. `instance` is the request's reference, which staff can search for. */
export const problemShape = z
  .strictObject({
    type: z.string().meta({ description: 'Says which kind of problem it is; never changes' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'The reference of the request' }),
    errors: z.record(z.string(), z.string()).optional().meta({ description: 'One sentence a field' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problemShape>;

/** Nobody, or nobody any more: a token is missing, forged, outlived or ended. */
export class NotSignedIn extends HomecomingError {
  override readonly status = 401;
  override readonly title = 'Not signed in';
  readonly kind: string;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(message: string, kind = 'not-signed-in', errors?: Readonly<Record<string, string>>) {
    super(message);
    this.kind = kind;
    this.errors = errors;
  }
}

export class MethodNotAllowed extends HomecomingError {
  override readonly status = 405;
  override readonly title = 'Method not allowed';
  readonly allowed: string;

  constructor(allowed: string) {
    super(`This address takes ${allowed}.`);
    this.allowed = allowed;
  }
}

export class UnsupportedMediaType extends HomecomingError {
  override readonly status = 415;
  override readonly title = 'Only JSON is taken';
}

/** What each status is called in `type`. */
export const kinds: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'not-signed-in',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  410: 'gone',
  413: 'too-large',
  415: 'not-json',
  422: 'invalid',
  429: 'too-many-requests',
  500: 'fault',
  503: 'unavailable',
};

/** One place answers for everything that goes wrong, as a problem and never with a stack trace. */
export const problems: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) return next(error);
  const problem = problemOf(error, req);
  if (problem.status >= 500) log.error({ err: error, requestId: referenceOf(req) }, 'a request failed');
  setHeaders(res, error, problem);
  res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

function setHeaders(res: Response, error: unknown, { status, type }: Problem): void {
  if (status === 401) {
    const why = type.endsWith('invalid-token') ? ', error="invalid_token"' : '';
    res.set('WWW-Authenticate', `Bearer realm="Homecoming"${why}`);
  }
  if (status === 503) res.set('Retry-After', '10');
  if (error instanceof MethodNotAllowed) res.set('Allow', error.allowed);
  if (error instanceof TooManyAttempts) res.set('Retry-After', String(error.retryAfter));
}

function problemOf(error: unknown, req: Request): Problem {
  const { status, title, detail } = partsOf(error);
  const kind = error instanceof NotSignedIn ? error.kind : (kinds[status] ?? 'bad-request');
  const problem = { type: `urn:homecoming:${kind}`, title, status, detail, instance: referenceOf(req) };
  const errors = error instanceof Invalid || error instanceof NotSignedIn ? error.errors : undefined;
  return errors ? { ...problem, errors: inTheirNames(errors) } : problem;
}

// Verbs name fields as the site's forms do.
function inTheirNames(errors: Readonly<Record<string, string>>): Record<string, string> {
  const spelled = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(errors).map(([name, text]) => [spelled(name), text]));
}

function partsOf(error: unknown): Pick<Problem, 'status' | 'title' | 'detail'> {
  if (error instanceof HomecomingError) {
    const { status, title, message } = error;
    return { status, title, detail: message };
  }
  const { status, title, message } = pageFor(error);
  if (status === 413) return { status, title, detail: 'The body is larger than 512 kB.' };
  if (status === 415) return { status, title, detail: 'This encoding is not taken.' };
  if (status < 500) return { status: 400, title, detail: 'The request can’t be read.' };
  return { status, title, detail: message };
}
