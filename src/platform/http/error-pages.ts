import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { config } from '../config/config.ts';
import { isDatabaseUnavailable } from '../db/database.ts';
import { HomecomingError, NotFound, type PageAction, TooManyAttempts } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { log } from '../log.ts';
import { referenceOf } from './request-log.ts';

/** The content of an error page or problem document. */
export type ErrorPage = Readonly<{
  status: number;
  title: string;
  message: string;
  actions: readonly PageAction[];
  reference: string | null;
}>;

const homeActions = (): PageAction[] => [{ label: t('errors:actions.home'), url: '/' }];

export const notFound: RequestHandler = () => {
  throw new NotFound(t('errors:messages.notFound'));
};

/** Responds to every error with a status and an error page, never a stack trace. */
export const errorHandler: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) return next(error);
  const page = errorPageFor(error);
  if (page.status >= 500) log.error({ err: error, requestId: referenceOf(req) }, 'a request failed');
  if (page.status === 503) res.set('Retry-After', '10');
  if (error instanceof TooManyAttempts) res.set('Retry-After', String(error.retryAfter));
  const actions = page.actions.length > 0 ? page.actions : [...backActions(req), ...homeActions()];
  renderErrorPage(res, { ...page, actions }, page.reference ?? referenceOf(req));
};

/** After a rejected form: a link back to the page of the form. */
function backActions(req: Request): PageAction[] {
  const referer = req.get('Referer') ?? '';
  const from = URL.canParse(referer) ? new URL(referer) : null;
  if (req.method !== 'POST' || from?.origin !== new URL(config.baseUrl).origin) return [];
  return [{ label: t('errors:actions.back'), url: `${from.pathname}${from.search}` }];
}

function renderErrorPage(res: Response, page: ErrorPage, reference: string): void {
  // Set by the static file handler before it failed.
  for (const name of ['ETag', 'Last-Modified', 'Content-Encoding']) res.removeHeader(name);
  res.status(page.status).type('html').set('Cache-Control', 'no-store');
  const actions = page.actions.map((action, index) => ({
    ...action,
    kind: index === 0 ? 'primary' : 'secondary',
  }));
  res.render('errors/error', { title: page.title, message: page.message, actions, reference });
}

/** The error page for an error. Unexpected errors reveal no details. */
export function errorPageFor(error: unknown): ErrorPage {
  if (error instanceof HomecomingError) {
    return toErrorPage(error);
  }
  if (isDatabaseUnavailable(error)) {
    return simpleErrorPage(503, t('errors:titles.unavailable'), t('errors:messages.unavailable'));
  }
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 413) {
    return simpleErrorPage(413, t('errors:titles.tooLarge'), t('errors:messages.tooLarge'));
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return simpleErrorPage(status, t('errors:titles.badRequest'), t('errors:messages.badRequest'));
  }
  return simpleErrorPage(500, t('errors:titles.unexpected'), t('errors:messages.unexpected'));
}

function toErrorPage({ status, title, message, reference, actions }: HomecomingError): ErrorPage {
  return { status, title, message, reference, actions };
}

function simpleErrorPage(status: number, title: string, message: string): ErrorPage {
  return { status, title, message, actions: [], reference: null };
}
