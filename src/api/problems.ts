import type { ErrorRequestHandler, Request, Response } from 'express';
import { z } from 'zod';
import { type EligibilityReason, reasonNames } from '../invitations/eligibility/eligibility.ts';
import { describeReason } from '../invitations/eligibility/explain.ts';
import { NotEligible } from '../invitations/eligibility/not-eligible.ts';
import { config } from '../platform/config/config.ts';
import {
  BadRequest,
  Conflict,
  Gone,
  HomecomingError,
  InvalidInput,
  NotFound,
  TooManyAttempts,
} from '../platform/errors.ts';
import { errorPageFor } from '../platform/http/error-pages.ts';
import { referenceOf } from '../platform/http/request-log.ts';
import { t } from '../platform/i18n/i18n.ts';
import { log } from '../platform/log.ts';

/** Why an address can't be invited, or what to consider before inviting it. */
export const reasonSchema = z
  .strictObject({
    name: z.enum(reasonNames),
    severity: z.enum(['blocked', 'warning', 'info']),
    detail: z.string(),
  })
  .meta({ id: 'Reason' });

export function toReasonJson(reason: EligibilityReason): z.output<typeof reasonSchema> {
  return { name: reason.name, severity: reason.severity, detail: describeReason(reason) };
}

/** A problem document (RFC 9457). */
export const problemSchema = z
  .strictObject({
    type: z.url().meta({ description: 'The kind of problem; leads to its explanation' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    reference: z.string().meta({ description: 'Of the request; staff can search for it in the audit log' }),
    errors: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'One sentence for each invalid field' }),
    reasons: z.array(reasonSchema).optional().meta({
      description:
        'Why the address can’t be invited. Pass the names of warnings in `override` to invite it anyway',
    }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof problemSchema>;

/** The token is missing, forged, expired or revoked. */
export class NotSignedIn extends HomecomingError {
  override readonly status = 401;
  override readonly title = t('api:titles.401');
  readonly problemType: ProblemType;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(
    message: string,
    problemType: ProblemType = 'not-signed-in',
    errors?: Readonly<Record<string, string>>,
  ) {
    super(message);
    this.problemType = problemType;
    this.errors = errors;
  }
}

export class MethodNotAllowed extends HomecomingError {
  override readonly status = 405;
  override readonly title = t('api:titles.405');
  readonly allowed: string;

  constructor(allowed: string) {
    super(t('api:errors.methods', { methods: allowed }));
    this.allowed = allowed;
  }
}

export class UnsupportedMediaType extends HomecomingError {
  override readonly status = 415;
  override readonly title = t('api:titles.415');
}

/** The fragment of `type` for each status. */
export const problemTypes = {
  400: 'bad-request',
  401: 'not-signed-in',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  410: 'gone',
  412: 'precondition-failed',
  413: 'too-large',
  415: 'unsupported-media-type',
  422: 'invalid',
  429: 'too-many-requests',
  500: 'internal-error',
  503: 'unavailable',
} as const;

/** Problem types of which a status has several. */
export const furtherProblemTypes = ['invalid-token', 'code-required'] as const;

export type ProblemType =
  | (typeof problemTypes)[keyof typeof problemTypes]
  | (typeof furtherProblemTypes)[number];

export function problemTypeOf(status: number): ProblemType {
  return problemTypes[status as keyof typeof problemTypes] ?? 'bad-request';
}

/** The `type` of a problem document: the page that explains it. */
export function problemUrl(type: ProblemType): string {
  return `${config.baseUrl}/api/problems#${type}`;
}

/** The title for a status. */
export function problemTitle(status: number): string {
  return t(`api:titles.${status in problemTypes ? (status as keyof typeof problemTypes) : (400 as const)}`);
}

/** Turns every error into a problem document, never with a stack trace. */
export const problemHandler: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) return next(error);
  const problem = toProblem(error, req);
  if (problem.status >= 500) log.error({ err: error, requestId: referenceOf(req) }, 'a request failed');
  setHeaders(res, error, problem);
  res.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
};

function setHeaders(res: Response, error: unknown, { status, type }: Problem): void {
  if (status === 401) {
    const tokenError = type.endsWith('invalid-token') ? ', error="invalid_token"' : '';
    res.set('WWW-Authenticate', `Bearer realm="Homecoming"${tokenError}`);
  }
  if (status === 503) res.set('Retry-After', '10');
  if (error instanceof MethodNotAllowed) res.set('Allow', error.allowed);
  if (error instanceof TooManyAttempts) res.set('Retry-After', String(error.retryAfter));
}

function toProblem(error: unknown, req: Request): Problem {
  const { status, detail } = statusAndDetail(error);
  const title = problemTitle(status);
  const problemType = error instanceof NotSignedIn ? error.problemType : problemTypeOf(status);
  const problem = {
    type: problemUrl(problemType),
    title,
    status,
    detail,
    reference: referenceOf(req),
  };
  if (error instanceof NotEligible) return { ...problem, reasons: error.reasons.map(toReasonJson) };
  const errors = error instanceof InvalidInput || error instanceof NotSignedIn ? error.errors : undefined;
  return errors ? { ...problem, errors: toSnakeCaseKeys(errors) } : problem;
}

// Operations name fields as the forms do, in camel case.
function toSnakeCaseKeys(errors: Readonly<Record<string, string>>): Record<string, string> {
  const spelled = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(errors).map(([name, text]) => [spelled(name), text]));
}

function statusAndDetail(error: unknown): Pick<Problem, 'status' | 'detail'> {
  if (error instanceof HomecomingError) return { status: error.status, detail: problemDetail(error) };
  const { status, message } = errorPageFor(error);
  if (status === 413) return { status, detail: t('api:errors.tooLarge') };
  if (status === 415) return { status, detail: t('api:errors.encoding') };
  if (status < 500) return { status: 400, detail: t('api:errors.malformedRequest') };
  return { status, detail: message };
}

// Some errors state the fact in their heading, such as “This link has expired”. A problem's title is fixed, so the
// heading becomes part of the detail.
function problemDetail(error: HomecomingError): string {
  const baseClass = [BadRequest, NotFound, Conflict, Gone].find((errorClass) => error instanceof errorClass);
  const hasOwnTitle = baseClass !== undefined && error.title !== new baseClass('').title;
  return hasOwnTitle
    ? t('api:errors.titledDetail', { title: error.title, message: error.message })
    : error.message;
}
