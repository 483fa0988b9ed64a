import type { IncomingHttpHeaders } from 'node:http';
import express, { type Request, type RequestHandler } from 'express';
import { BadRequest } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { UnsupportedMediaType } from './problems.ts';

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
// NUL and halves of surrogate pairs, as `JSON.stringify` escapes them: PostgreSQL can't store them.
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;
const readBytes = express.raw({ type: () => true, limit: '512kb' });

/**
 * Parses the body, which must be JSON in UTF-8. Forms and plain text are refused because any website can make a browser
 * send them.
 */
export const readJson: RequestHandler[] = [
  (req, _res, next) => {
    if (req.url.includes('%00') || !req.url.startsWith('/'))
      throw new BadRequest(t('api:errors.malformedUrl'));
    const type = req.get('Content-Type');
    const sendsBody = type !== undefined || hasBody(req.headers);
    if (sendsBody && !isRead(req) && !JSON_TYPE.test(type ?? ''))
      throw new UnsupportedMediaType(t('api:errors.contentType'));
    next();
  },
  readBytes,
  (req, _res, next) => {
    const bytes: unknown = req.body;
    req.body = !isRead(req) && Buffer.isBuffer(bytes) && bytes.length > 0 ? parseJson(bytes) : {};
    next();
  },
];

/** Whether the request only reads. */
export function isRead({ method }: Pick<Request, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function parseJson(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequest(t('api:errors.notJson'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest(t('api:errors.notObject'));
  if (UNSTORABLE.test(JSON.stringify(value))) throw new BadRequest(t('api:errors.unstorableCharacter'));
  const duplicateKey = findDuplicateKey(text);
  if (duplicateKey !== null)
    throw new BadRequest(t('api:errors.duplicateKey', { key: duplicateKey.slice(0, 100) }));
  return value;
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new BadRequest(t('api:errors.notUtf8'));
  }
}

/** Finds a key that occurs twice in one object, because parsers disagree about which one counts. `text` must be valid JSON. */
function findDuplicateKey(text: string): string | null {
  const openScopes: (Set<string> | null)[] = [];
  for (const [token, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{') openScopes.push(new Set());
    else if (token === '[') openScopes.push(null);
    else if (token === '}' || token === ']') openScopes.pop();
    else if (colon !== undefined) {
      const name: string = JSON.parse(token.slice(0, -colon.length));
      const names = openScopes.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return null;
}
