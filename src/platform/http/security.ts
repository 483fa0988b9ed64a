import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { config } from '../config/config.ts';
import { BadRequest, Forbidden, HomecomingError } from '../errors.ts';

const inProduction = config.environment === 'production';
const ownOrigin = new URL(config.baseUrl).origin;

/** A new nonce for each answer: the page's one inline style (the accent colour) carries it. */
export const setNonce: RequestHandler = (_req, res, next) => {
  res.locals.nonce = randomBytes(16).toString('base64');
  next();
};

/** Nothing from other hosts, no inline script, no frame, no referrer for other hosts. */
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
    // With no-referrer, browsers without Sec-Fetch-Site would send `Origin: null` for our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: inProduction ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    xFrameOptions: { action: 'deny' },
  }),
];

/** Pages are about one person at one moment: no cache keeps them. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

class MethodNotAllowed extends HomecomingError {
  override readonly status = 405;
  override readonly title = 'That isn’t possible here';
}

/**
 * Only what browsers send: a whole address in the request line is meant for a proxy, and a NUL byte is in no honest
 * request, nor can PostgreSQL take one.
 */
export const refuseMalformedRequests: RequestHandler = (req, res, next) => {
  if (!['GET', 'HEAD', 'POST'].includes(req.method)) {
    res.set('Allow', 'GET, HEAD, POST');
    throw new MethodNotAllowed('This address can only be opened or sent a form.');
  }
  if (!req.url.startsWith('/')) throw new BadRequest('The address is none of ours. Please type it again.');
  const texts = [...Object.values(req.body ?? {}).flat(), ...Object.keys(req.body ?? {})];
  if (texts.some((text) => String(text).includes('\0'))) throw new NulByte();
  next();
};

/** A NUL byte in an address; behind the secret links, whose own page says what is wrong with them. */
export const refuseNulBytes: RequestHandler = (req, res, next) => {
  if (res.locals.linkId === undefined && req.url.includes('%00')) throw new NulByte();
  next();
};

class NulByte extends BadRequest {
  constructor() {
    super('The address or form holds a character that no keyboard makes. Please type it again.');
  }
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what another site made a browser send, by the headers that browsers set themselves: Sec-Fetch-Site, or Origin where
 * that is missing. A request with neither comes from no browser. Go 1.25 (`CrossOriginProtection`) and ASP.NET do the same.
 * The API isn't behind this check: it takes bearer tokens, never a cookie.
 */
export const refuseCrossSite: RequestHandler = (req, _res, next) => {
  if (SAFE_METHODS.includes(req.method) || isSameOrigin(req)) return next();
  throw new Forbidden('This form was sent from another website. Please open our page and fill it in there.');
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
