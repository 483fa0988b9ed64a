import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { config } from '../config/config.ts';
import { BadRequest, Forbidden, HomecomingError } from '../errors.ts';
import { t } from '../i18n/i18n.ts';

const inProduction = config.environment === 'production';
const ownOrigin = new URL(config.baseUrl).origin;

/** Sets a nonce per response, for the page's only inline style (the accent colour). */
const setNonce: RequestHandler = (_req, res, next) => {
  res.locals.nonce = randomBytes(16).toString('base64');
  next();
};

/** Content from this host only, no inline scripts, no framing, no referrer to other hosts. */
export const securityHeaders: RequestHandler[] = [
  setNonce,
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", (_req, res) => `'nonce-${(res as Response).locals.nonce}'`],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'frame-src': ["'self'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        'object-src': ["'none'"],
        'manifest-src': ["'self'"],
        ...(inProduction ? { 'upgrade-insecure-requests': [] } : {}),
      },
    },
    crossOriginEmbedderPolicy: false,
    // With no-referrer, browsers without Sec-Fetch-Site would send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: inProduction ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  }),
];

/** Pages are personal and change often, so they must not be cached. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

class MethodNotAllowed extends HomecomingError {
  override readonly status = 405;
  override readonly title = t('errors:titles.methodNotAllowed');
}

export const refuseOtherMethods: RequestHandler = (req, res, next) => {
  if (['GET', 'HEAD', 'POST'].includes(req.method)) return next();
  res.set('Allow', 'GET, HEAD, POST');
  throw new MethodNotAllowed(t('errors:request.method'));
};

/**
 * Rejects requests that no browser sends: absolute URLs in the request line (meant for a proxy), and NUL bytes, which
 * PostgreSQL can't store.
 */
export const refuseMalformedRequests: RequestHandler = (req, _res, next) => {
  if (!req.url.startsWith('/')) throw new BadRequest(t('errors:request.otherSite'));
  const texts = [...Object.values(req.body ?? {}).flat(), ...Object.keys(req.body ?? {})];
  if (texts.some((text) => String(text).includes('\0'))) throw new NulByte();
  next();
};

/** Rejects NUL bytes in URLs. Comes after the routes of secret links, which have their own error page. */
export const refuseNulBytes: RequestHandler = (req, res, next) => {
  if (res.locals.linkId === undefined && req.url.includes('%00')) throw new NulByte();
  next();
};

class NulByte extends BadRequest {
  constructor() {
    super(t('errors:request.nulCharacter'));
  }
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Rejects cross-site requests (CSRF) by headers that only browsers set: Sec-Fetch-Site, or Origin if that is missing. A
 * request with neither isn't from a browser. Go 1.25 (`CrossOriginProtection`) and ASP.NET do the same. The API is exempt,
 * because it uses bearer tokens and no cookies, and so is the link in mails that stops invitations, see `unsubscribeRoutes`.
 */
export const refuseCrossSite: RequestHandler = (req, _res, next) => {
  if (SAFE_METHODS.includes(req.method) || isSameOrigin(req)) return next();
  throw new Forbidden(t('errors:request.crossSite'));
};

function isSameOrigin(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('Origin');
  return origin === undefined || isOwnOrigin(origin, req);
}

export function isOwnOrigin(origin: string, req: Request): boolean {
  return origin === ownOrigin || (!inProduction && origin === `${req.protocol}://${req.get('Host')}`);
}
