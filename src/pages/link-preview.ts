import type { RequestHandler } from 'express';
import { refreshLayoutLocals } from './layout.ts';

/**
 * Agents that fetch a page to show a preview of its link in a chat. Deliberately a short list: a general bot detector would
 * also match API clients and test browsers.
 */
const PREVIEW_AGENTS =
  /facebookexternalhit|Facebot|WhatsApp|Slackbot|Slack-ImgProxy|TelegramBot|Discordbot|LinkedInBot|Twitterbot|SkypeUriPreview|Microsoft ?Teams|TeamsBot|\bSignal\b|Viber|redditbot|Mastodon|Pleroma|Iframely/i;

/**
 * Answers preview agents before a link's token is looked at: the link doesn't count as opened, and the page says what kind of
 * link it is and nothing about a person. Other visitors without cookies see the same preview on the page that follows.
 */
export const answerPreviewAgents: RequestHandler = async (req, res, next) => {
  const isPreview = PREVIEW_AGENTS.test(req.get('User-Agent') ?? '') && req.get('Cookie') === undefined;
  if (!isPreview || req.method === 'POST' || res.locals.previewKind === 'site') return next();
  await refreshLayoutLocals(req, res, () => res.render('pages/link-preview'));
};
