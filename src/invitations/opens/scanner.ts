import type { ClientSignals } from './client-signals.ts';

/** What is known when a link is opened, besides the request's own signs. */
export type LinkOpenContext = Readonly<{
  /** Since our mail with the link was handed over; null for a link that a person hands on. */
  msSinceMailed: number | null;
  /** Different links opened from the same place within a moment, this one included. */
  recentLinksFromNetwork: number;
}>;

/** Nobody reads a mail and presses its link that quickly; programs that check mail do. */
export const MIN_HUMAN_DELAY_MS = 5_000;
/** One person has one invitation, a family a few. */
export const MAX_HUMAN_LINKS = 4;

// Programs that say what they are. A phone called Cubot is none.
const PROGRAM_USER_AGENTS =
  /(?<!cu)bot\b|crawl|spider|scan|preview|monitor|headless|phantomjs|proofpoint|barracuda|mimecast|messagelabs|symantec|trendmicro|sophos|forcepoint|websense|zscaler|fireeye|trellix|ironport|safelinks|facebookexternalhit|googleimageproxy|bingpreview/i;

/**
 * Whether a link that is opened is opened by a program that checks mail ("scanner"), or by what may be a person.
 *
 * Scanners open every link of a mail before its reader does, some of them in a real browser, so no sign is proof of a
 * person. The other way round there are signs that no person's browser shows:
 * - it asks for the head of the page only, or ahead of any reader;
 * - it names itself as a program, or not at all, or without "Mozilla/", which every browser begins with;
 * - it understands no language;
 * - it says itself that this is no page for somebody to look at (Sec-Fetch-Mode, Sec-Fetch-Dest);
 * - of a link that we mailed: it comes within five seconds of the mail, or opens more than four people's links within
 *   ten. A link that is handed on as a QR code may well be opened by a whole table at once.
 *
 * What shows none of these is "unconfirmed" until `isLookedAt`, or until a form is sent.
 */
export function classifyLinkOpen(signs: ClientSignals, context: LinkOpenContext): 'scanner' | 'unconfirmed' {
  return isAutomated(signs) || isTooFastForHuman(context) ? 'scanner' : 'unconfirmed';
}

/**
 * Whether somebody looks at the page that an opened link leads to: the browser came back with its cookie and says that
 * it goes to a page for its window. Programs that follow a link mostly keep no cookies; browsers too old to say what
 * they fetch for count once they send a form. Whether the visitor pressed something (Sec-Fetch-User) is not asked for:
 * Safari never says so, and webmail that leads through a page of its own loses it.
 */
export function isPageView(signs: ClientSignals): boolean {
  return !isAutomated(signs) && signs.fetchMode === 'navigate' && signs.fetchDest === 'document';
}

function isAutomated({
  method,
  userAgent,
  hasAcceptLanguage: hasLanguages,
  isPrefetch: isAhead,
  fetchMode,
  fetchDest,
}: ClientSignals): boolean {
  const isNotPageNavigation =
    (fetchMode !== null && fetchMode !== 'navigate') || (fetchDest !== null && fetchDest !== 'document');
  return (
    method === 'HEAD' ||
    isAhead ||
    !hasLanguages ||
    !/^(Mozilla|Opera)\//.test(userAgent) ||
    PROGRAM_USER_AGENTS.test(userAgent) ||
    isNotPageNavigation
  );
}

function isTooFastForHuman({
  msSinceMailed: sinceMailedMs,
  recentLinksFromNetwork: linksFromPlace,
}: LinkOpenContext): boolean {
  if (sinceMailedMs === null) return false;
  return sinceMailedMs < MIN_HUMAN_DELAY_MS || linksFromPlace > MAX_HUMAN_LINKS;
}
