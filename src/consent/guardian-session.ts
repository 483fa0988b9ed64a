import type { Request, Response } from 'express';
import { accountsOfBrowser } from '../accounts/browser.ts';
import { signedIn } from '../accounts/guard.ts';
import { accessAt } from '../alumni/age.ts';
import { BadRequest, HomecomingError } from '../errors.ts';
import { readSettings } from '../settings.ts';
import { type Guardian, guardianById, wardOf } from './guardian.ts';
import { asDecidedBy, ownYear, type Ward, wardsOf } from './standing.ts';

const newLink = [{ label: 'Send me a new link', url: '/guardian/new-link' }];

export class BadGuardianLink extends BadRequest {
  override readonly title = 'Invalid link';
  override readonly ways = newLink;

  constructor() {
    super('Tap the button in our e-mail again. If you pasted the link, check that you copied all of it.');
  }
}

class UnopenedGuardianLink extends BadRequest {
  override readonly title = 'Open the link in our e-mail again';
  override readonly ways = newLink;

  constructor() {
    super(
      'This page opens by the link in our e-mail to you. If you have opened it before, your page has timed out, or you are in another browser.',
    );
  }
}

class ClosedGuardianLink extends HomecomingError {
  override readonly status = 410;
  override readonly title = 'This request is closed';
}

/** Tells nothing of whom the link is about, and not even whether it still works. */
class YoungPersonsBrowser extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'Please use your own phone or computer';

  constructor() {
    super(
      'This page is for a parent or guardian, and a young person has signed in with this browser. If you are the parent or guardian, please open the link in our e-mail on your own phone or computer. If you can’t, write to us and we’ll help.',
    );
  }
}

/** What an opened guardian's link is about: `ward` as if this guardian alone decided, `shared` as it counts. */
export type OpenGuardian = Readonly<{ guardian: Guardian; ward: Ward; shared: Ward }>;

/**
 * What the guardian's link is about that this browser has opened, or opens now.
 * @throws UnopenedGuardianLink when no link was opened, ClosedGuardianLink when nobody is to be answered for any more,
 *   YoungPersonsBrowser for the young person's own session or browser, and the session of any other minor
 */
export async function openGuardian(
  req: Request,
  res: Response,
  guardianId = req.session.guardianId,
): Promise<OpenGuardian> {
  if (guardianId === undefined) throw new UnopenedGuardianLink();
  const guardian = await guardianById(guardianId);
  const shared = guardian && (await wardOf(guardian));
  if ((shared && isYoungPersons(shared, req, res)) || (await isMinors(res))) throw new YoungPersonsBrowser();
  if (!guardian || !shared)
    throw new ClosedGuardianLink(
      'What you were asked about is no longer here, and we have kept nothing of it.',
    );
  if (!guardian.isAsked)
    throw new ClosedGuardianLink('Somebody else has been asked since, or we have sent you a newer e-mail.');
  return { guardian, shared, ward: await asDecidedBy(guardian.id, shared) };
}

// The account of a child whom a parent claims is the parent's own.
function isYoungPersons({ relationship, accountId }: Ward, req: Request, res: Response): boolean {
  if (relationship !== 'self') return false;
  return signedIn(res)?.id === accountId || accountsOfBrowser(req).includes(accountId);
}

async function isMinors(res: Response): Promise<boolean> {
  const account = signedIn(res);
  const year = account && ownYear(account, await wardsOf(account.id));
  return year !== null && accessAt(year, new Date(), await readSettings()) !== 'full';
}
