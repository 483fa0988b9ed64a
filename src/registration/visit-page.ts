import type { Request } from 'express';
import { describeDevice } from '../accounts/device.ts';
import type { FoundLink } from '../invitations/link.ts';
import { isLookedAt, judgeOpening } from '../invitations/scanner.ts';
import { notePerson, noteVisit } from '../invitations/visits.ts';
import { log } from '../log.ts';
import { linksOpenedFrom } from '../web/crowd.ts';
import { placeOf } from '../web/rate-limit.ts';
import { signsOf } from '../web/signs.ts';
import { openedOf } from './opened-invitations.ts';

/** Notes that a link was opened. @returns whether it may have been by a person */
export async function noteOpening(link: FoundLink, isDead: boolean, req: Request): Promise<boolean> {
  const verdict = judgeOpening(signsOf(req), {
    sinceMailedMs: link.mailedAt && Date.now() - link.mailedAt.getTime(),
    linksFromPlace: linksOpenedFrom(placeOf(req), link.linkId),
  });
  const kind = verdict === 'unconfirmed' && isDead ? 'dead' : verdict;
  await quietly(noteVisit(link, kind, deviceOf(req)));
  return verdict === 'unconfirmed';
}

/** Notes that the page of an opened link is looked at, if it is, once. */
export async function noteLook(link: FoundLink, req: Request): Promise<void> {
  const opened = openedOf(link, req);
  if (!opened?.unconfirmed || !isLookedAt(signsOf(req))) return;
  delete opened.unconfirmed;
  await quietly(notePerson(link, deviceOf(req)));
}

/** Notes that a form was sent, and which of its fields were refused: their names, nothing that was typed. */
export async function noteForm(
  link: FoundLink,
  faults: Readonly<Record<string, string>>,
  req: Request,
): Promise<void> {
  delete openedOf(link, req)?.unconfirmed;
  await quietly(notePerson(link, deviceOf(req), Object.keys(faults)));
}

function deviceOf(req: Request): string {
  return describeDevice(req.get('User-Agent'));
}

// Whoever registers must not be kept from it by our wish to know.
async function quietly(noted: Promise<void>): Promise<void> {
  await noted.catch((error: unknown) => log.warn({ err: error }, 'a visit was not noted'));
}
