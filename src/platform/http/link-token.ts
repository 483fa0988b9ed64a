import type { Request, RequestHandler } from 'express';
import { type LinkPurpose, verifyLinkToken } from '../crypto/signed-links.ts';
import { recordInvalidLink } from '../db/rate-limit.ts';
import { HomecomingError, type PageAction } from '../errors.ts';
import { t } from '../i18n/i18n.ts';
import { clientNetwork } from './client-network.ts';

/**
 * Verifies the token of a secret link before a session is loaded, so that a forged link costs no query, and sets
 * `res.locals.linkId`.
 * @param createError creates the error for an invalid token
 */
export function checkLinkToken(purpose: LinkPurpose, createError: () => Error): RequestHandler {
  return async (req, res, next) => {
    const token: unknown = req.params.token ?? tokenFromQuery(req);
    if (token === undefined) return next();
    const linkId = verifyLinkToken(purpose, token);
    if (linkId === null) {
      await recordInvalidLink(clientNetwork(req));
      throw createError();
    }
    res.locals.linkId = linkId;
    next();
  };
}

/** The page needs a link that this browser hasn't opened, or whose session has ended. The link itself may be valid. */
export class LinkNotOpened extends HomecomingError {
  override readonly status: number = 200;
  override readonly title = t('errors:linkNotOpened.title');
  override readonly actions: readonly PageAction[];

  constructor(actions: readonly PageAction[], { before = '', after = '' } = {}) {
    const paragraphs = [before, t('errors:linkNotOpened.text'), after, t('errors:linkNotOpened.explanation')];
    super(paragraphs.filter(Boolean).join('\n\n'));
    this.actions = actions;
  }
}

// Some programs write `&` as `&amp;` in URLs. A list or object instead of a token is invalid.
function tokenFromQuery({ query }: Request): unknown {
  const name = Object.keys(query).find((key) => /^(amp;)?token(\[|$)/.test(key));
  if (name === undefined) return undefined;
  return name.includes('[') ? null : query[name];
}
