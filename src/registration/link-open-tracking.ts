import type { Request } from 'express';
import { describeDevice } from '../accounts/device.ts';
import type { FoundLink } from '../invitations/link.ts';
import { recordLinkOpen, recordLinkOpenByPerson } from '../invitations/opens/link-open.ts';
import { countRecentLinkOpens } from '../invitations/opens/recent-opens.ts';
import { classifyLinkOpen, isPageView } from '../invitations/opens/scanner.ts';
import { findOpenedInvitation } from '../pages/opened-invitations.ts';
import { clientNetwork } from '../platform/http/client-network.ts';
import { log } from '../platform/log.ts';
import { readClientSignals } from './client-signals.ts';

/** Notes that a link was opened. @returns whether it may have been by a person */
export async function trackLinkOpen(link: FoundLink, isInvalid: boolean, req: Request): Promise<boolean> {
  const classification = classifyLinkOpen(readClientSignals(req), {
    msSinceMailed: link.mailedAt && Date.now() - link.mailedAt.getTime(),
    recentLinksFromNetwork: countRecentLinkOpens(clientNetwork(req), link.linkId),
  });
  const kind = classification === 'unconfirmed' && isInvalid ? 'invalid' : classification;
  await ignoreFailure(recordLinkOpen(link, kind, deviceOf(req)));
  return classification === 'unconfirmed';
}

/** Notes that the page of an opened link is looked at, if it is, once. */
export async function trackPageView(link: FoundLink, req: Request): Promise<void> {
  const opened = findOpenedInvitation(link, req);
  if (!opened?.unconfirmed || !isPageView(readClientSignals(req))) return;
  delete opened.unconfirmed;
  await ignoreFailure(recordLinkOpenByPerson(link, deviceOf(req)));
}

/** Notes that a form was sent, and which of its fields were refused: their names, nothing that was typed. */
export async function trackFormSubmission(
  link: FoundLink,
  fieldErrors: Readonly<Record<string, string>>,
  req: Request,
): Promise<void> {
  delete findOpenedInvitation(link, req)?.unconfirmed;
  await ignoreFailure(recordLinkOpenByPerson(link, deviceOf(req), Object.keys(fieldErrors)));
}

function deviceOf(req: Request): string {
  return describeDevice(req.get('User-Agent'));
}

// Whoever registers must not be kept from it by our wish to know.
async function ignoreFailure(recording: Promise<void>): Promise<void> {
  await recording.catch((error: unknown) => log.warn({ err: error }, 'a visit was not noted'));
}
