import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { InvalidInput } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';

/** The strong entity tag of a JSON answer. */
export function entityTagOf(json: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(json)).digest('base64url').slice(0, 22)}"`;
}

/** Whether a resource with this entity tag (null: there is none) fulfils the request's conditions. @throws InvalidInput */
export function fulfilsConditions(req: Request, tag: string | null): boolean {
  const ifMatch = readTags(req, 'If-Match');
  const ifNoneMatch = readTags(req, 'If-None-Match');
  return (ifMatch === null || matches(ifMatch, tag)) && (ifNoneMatch === null || !matches(ifNoneMatch, tag));
}

/** Whether one of the tags, or `*`, is this tag. */
export function matches(tags: readonly string[], tag: string | null): boolean {
  return tag !== null && (tags.includes('*') || tags.includes(tag));
}

function readTags(req: Request, name: 'If-Match' | 'If-None-Match'): string[] | null {
  const header = req.get(name);
  if (header === undefined) return null;
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.every((tag) => /^(\*|(W\/)?"[\x21\x23-\x7e]*")$/.test(tag))) return tags;
  throw new InvalidInput({ [name]: t('api:errors.etag') });
}
