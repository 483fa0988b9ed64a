import type { Request, RequestHandler } from 'express';
import { type LinkPurpose, verifyLinkToken } from '../crypto/signed-links.ts';
import { recordInvalidLink } from '../db/rate-limit.ts';
import { HomecomingError, type PageAction } from '../errors.ts';
import { clientNetwork } from './client-network.ts';

/**
 * Programs that fetch a page to show a preview of its link in a chat. A short list on purpose: a general bot detector would
 * also catch programs that use the API and browsers under test.
 */
const LINK_PREVIEW_AGENTS =
  /facebookexternalhit|Facebot|WhatsApp|Slackbot|Slack-ImgProxy|TelegramBot|Discordbot|LinkedInBot|Twitterbot|SkypeUriPreview|Microsoft ?Teams|TeamsBot|\bSignal\b|Viber|redditbot|Mastodon|Pleroma|Iframely/i;

/**
 * Stands on the routes of secret links, before sessions: what we did not sign for this purpose costs no query. The id of a
 * signed link is left in `res.locals.linkId`. A preview gets a page about nobody, and doesn't count as an opened link.
 * @param createError the error of a link that we did not sign
 */
export function checkLinkToken(purpose: LinkPurpose, createError: () => Error): RequestHandler {
  return async (req, res, next) => {
    const token: unknown = req.params.token ?? tokenFromQuery(req);
    if (token === undefined) return next();
    if (LINK_PREVIEW_AGENTS.test(req.get('User-Agent') ?? '')) return res.render('pages/link-preview');
    const linkId = verifyLinkToken(purpose, token);
    if (linkId === null) {
      await recordInvalidLink(clientNetwork(req));
      throw createError();
    }
    res.locals.linkId = linkId;
    next();
  };
}

/** A page that needs a link, in a browser that has not opened it or has forgotten it. The link may well be good. */
export class LinkNotOpened extends HomecomingError {
  override readonly status: number = 200;
  override readonly title = 'Open the link in your e-mail again';
  override readonly actions: readonly PageAction[];

  constructor(actions: readonly PageAction[], { before = '', after = '' } = {}) {
    const why =
      'This can happen when a page stays open for a long time, when you change to another browser or app, or when your browser is blocking cookies, which this site needs.';
    const said = [before, 'Tap the button in our e-mail again: your link still works.', after, why];
    super(said.filter(Boolean).join('\n\n'));
    this.actions = actions;
  }
}

// Some programs write "&" as "&amp;" in an address. A list or an object in place of a token is no token of ours.
function tokenFromQuery({ query }: Request): unknown {
  const name = Object.keys(query).find((key) => /^(amp;)?token(\[|$)/.test(key));
  if (name === undefined) return undefined;
  return name.includes('[') ? null : query[name];
}
