import type { Request } from 'express';
import { describeDevice } from '../accounts/device.ts';
import type { FoundLink } from '../invitations/link.ts';
import { recordLinkOpen, recordLinkOpenByPerson } from '../invitations/opens/link-open.ts';
import { recordRecentOpen } from '../invitations/opens/recent-opens.ts';
import { type ClientSignals, classifyLinkOpen, isPageView } from '../invitations/opens/scanner.ts';
import { findOpenedInvitation } from '../pages/opened-invitations.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { log } from '../platform/log.ts';

/** Records that a link was opened. @returns whether a person may have opened it */
export async function trackLinkOpen(link: FoundLink, isInvalid: boolean, req: Request): Promise<boolean> {
  const classification = classifyLinkOpen(readClientSignals(req), {
    msSinceMailed: link.mailedAt && Date.now() - link.mailedAt.getTime(),
    recentLinksFromNetwork: recordRecentOpen(clientNetwork(req), link.linkId),
  });
  const kind = classification === 'unconfirmed' && isInvalid ? 'invalid' : classification;
  await ignoreFailure(recordLinkOpen(link, kind, deviceOf(req)));
  return classification === 'unconfirmed';
}

/** Records, once, that a person viewed the page of an opened link. */
export async function trackPageView(link: FoundLink, req: Request): Promise<void> {
  const opened = findOpenedInvitation(link, req);
  if (!opened?.unconfirmed || !isPageView(readClientSignals(req))) return;
  delete opened.unconfirmed;
  await ignoreFailure(recordLinkOpenByPerson(link, deviceOf(req)));
}

/** Records that a form was submitted, and the names of its invalid fields, but no values. */
export async function trackFormSubmission(
  link: FoundLink,
  fieldErrors: Readonly<Record<string, string>>,
  req: Request,
): Promise<void> {
  delete findOpenedInvitation(link, req)?.unconfirmed;
  await ignoreFailure(recordLinkOpenByPerson(link, deviceOf(req), Object.keys(fieldErrors)));
}

function readClientSignals(req: Request): ClientSignals {
  const purpose = [req.get('Sec-Purpose'), req.get('Purpose'), req.get('X-Moz')].join(' ');
  return {
    method: req.method,
    userAgent: (req.get('User-Agent') ?? '').slice(0, 1000),
    hasAcceptLanguage: (req.get('Accept-Language') ?? '') !== '',
    isPrefetch: /prefetch|preview|prerender/i.test(purpose),
    fetchMode: req.get('Sec-Fetch-Mode') ?? null,
    fetchDest: req.get('Sec-Fetch-Dest') ?? null,
  };
}

function deviceOf(req: Request): string {
  return describeDevice(req.get('User-Agent'));
}

// A failure to record must not keep anyone from registering.
async function ignoreFailure(recording: Promise<void>): Promise<void> {
  await recording.catch((error: unknown) => log.warn({ err: error }, 'link open not recorded'));
}
