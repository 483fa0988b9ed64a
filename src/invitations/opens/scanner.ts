/** The signals in a request that tell a browser from a program. They are evaluated immediately and not stored. */
export type ClientSignals = Readonly<{
  method: string;
  userAgent: string;
  hasAcceptLanguage: boolean;
  isPrefetch: boolean;
  /** Sec-Fetch-Mode and Sec-Fetch-Dest; null if missing. */
  fetchMode: string | null;
  fetchDest: string | null;
}>;

/** What is known about an open besides the request itself. */
export type LinkOpenContext = Readonly<{
  /** Milliseconds since the mail server accepted our mail with the link; null for a shared link. */
  msSinceMailed: number | null;
  /** The number of different links opened from the same network within a few seconds, including this one. */
  recentLinksFromNetwork: number;
}>;

/** Nobody reads a mail and follows its link that fast. Mail scanners do. */
export const MIN_HUMAN_DELAY_MS = 5_000;
/** A person has one invitation, and a family only a few. */
export const MAX_HUMAN_LINKS = 4;

// Programs that identify themselves. "Cubot" is a phone.
const PROGRAM_USER_AGENTS =
  /(?<!cu)bot\b|crawl|spider|scan|preview|monitor|headless|phantomjs|proofpoint|barracuda|mimecast|messagelabs|symantec|trendmicro|sophos|forcepoint|websense|zscaler|fireeye|trellix|ironport|safelinks|facebookexternalhit|googleimageproxy|bingpreview/i;

/**
 * Classifies an open as that of a mail scanner, or of what may be a person.
 *
 * Scanners open every link of a mail before its reader does, some of them with a real browser, so no signal proves that
 * it is a person. Some signals rule a person out:
 * - a HEAD or prefetch request;
 * - a user agent that names a program, is missing, or doesn't begin with "Mozilla/" or "Opera/" as every browser's
 *   does;
 * - no Accept-Language header;
 * - Sec-Fetch headers of something other than a page navigation;
 * - for a mailed link: an open within five seconds of the mail, or links of more than four people opened from one
 *   network within ten seconds. A shared link may be a QR code that a whole table opens.
 *
 * Everything else is `unconfirmed` until `isPageView` confirms it or a form is submitted.
 */
export function classifyLinkOpen(
  signals: ClientSignals,
  context: LinkOpenContext,
): 'scanner' | 'unconfirmed' {
  return isAutomated(signals) || isTooFastForHuman(context) ? 'scanner' : 'unconfirmed';
}

/**
 * Whether a request for the page behind an opened link is a person's: the browser sent the session cookie back and
 * reports a page navigation. Programs that follow links rarely keep cookies. A browser too old for Sec-Fetch headers
 * counts once it submits a form. Sec-Fetch-User is ignored, because Safari doesn't send it and redirects by webmail
 * lose it.
 */
export function isPageView(signals: ClientSignals): boolean {
  return !isAutomated(signals) && signals.fetchMode === 'navigate' && signals.fetchDest === 'document';
}

function isAutomated({
  method,
  userAgent,
  hasAcceptLanguage,
  isPrefetch,
  fetchMode,
  fetchDest,
}: ClientSignals): boolean {
  const isNotPageNavigation =
    (fetchMode !== null && fetchMode !== 'navigate') || (fetchDest !== null && fetchDest !== 'document');
  return (
    method === 'HEAD' ||
    isPrefetch ||
    !hasAcceptLanguage ||
    !/^(Mozilla|Opera)\//.test(userAgent) ||
    PROGRAM_USER_AGENTS.test(userAgent) ||
    isNotPageNavigation
  );
}

function isTooFastForHuman({ msSinceMailed, recentLinksFromNetwork }: LinkOpenContext): boolean {
  if (msSinceMailed === null) return false;
  return msSinceMailed < MIN_HUMAN_DELAY_MS || recentLinksFromNetwork > MAX_HUMAN_LINKS;
}
