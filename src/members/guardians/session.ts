import type { Request, Response } from 'express';
import { ageStatusAt } from '../../alumni/age.ts';
import { findGuardian, findProfileAccess, type Guardian } from '../../consents/guardians/guardian.ts';
import {
  asDecidedByGuardian,
  listProfileAccess,
  ownYearOfBirth,
  type ProfileAccess,
} from '../../consents/profile-access.ts';
import { BadRequest, HomecomingError } from '../../platform/errors.ts';
import { readSettings } from '../../settings/settings.ts';
import { findSignedInAccount } from '../../sign-in/guard.ts';
import { accountIdsOfBrowser } from '../../sign-in/known-browser.ts';

const newLinkActions = [{ label: 'Send me a new link', url: '/guardian/new-link' }];

export class InvalidGuardianLink extends BadRequest {
  override readonly title = 'Invalid link';
  override readonly actions = newLinkActions;

  constructor() {
    super('Tap the button in our e-mail again. If you pasted the link, check that you copied all of it.');
  }
}

class GuardianLinkNotOpened extends BadRequest {
  override readonly title = 'Open the link in our e-mail again';
  override readonly actions = newLinkActions;

  constructor() {
    super(
      'This page opens by the link in our e-mail to you. If you have opened it before, your page has timed out, or you are in another browser.',
    );
  }
}

class GuardianRequestClosed extends HomecomingError {
  override readonly status = 410;
  override readonly title = 'This request is closed';
}

/** Tells nothing of whom the link is about, and not even whether it still works. */
class MinorsBrowserRefused extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'Please use your own phone or computer';

  constructor() {
    super(
      'This page is for a parent or guardian, and a young person has signed in with this browser. If you are the parent or guardian, please open the link in our e-mail on your own phone or computer. If you can’t, write to us and we’ll help.',
    );
  }
}

/** What an opened guardian's link is about: `ward` as if this guardian alone decided, `shared` as it counts. */
export type OpenedGuardianLink = Readonly<{
  guardian: Guardian;
  ownProfile: ProfileAccess;
  combinedProfile: ProfileAccess;
}>;

/**
 * What the guardian's link is about that this browser has opened, or opens now.
 * @throws UnopenedGuardianLink when no link was opened, ClosedGuardianLink when nobody is to be answered for any more,
 *   YoungPersonsBrowser for the young person's own session or browser, and the session of any other minor
 */
export async function getOpenedGuardianLink(
  req: Request,
  res: Response,
  guardianId = req.session.guardianId,
): Promise<OpenedGuardianLink> {
  if (guardianId === undefined) throw new GuardianLinkNotOpened();
  const guardian = await findGuardian(guardianId);
  const combinedProfile = guardian && (await findProfileAccess(guardian));
  if ((combinedProfile && isMinorsOwnBrowser(combinedProfile, req, res)) || (await isSignedInAsMinor(res)))
    throw new MinorsBrowserRefused();
  if (!guardian || !combinedProfile)
    throw new GuardianRequestClosed(
      'What you were asked about is no longer here, and we have kept nothing of it.',
    );
  if (!guardian.isContactable)
    throw new GuardianRequestClosed(
      'Somebody else has been asked since, or we have sent you a newer e-mail.',
    );
  return { guardian, combinedProfile, ownProfile: await asDecidedByGuardian(guardian.id, combinedProfile) };
}

// The account of a child whom a parent claims is the parent's own.
function isMinorsOwnBrowser(
  { relationship, accountId }: ProfileAccess,
  req: Request,
  res: Response,
): boolean {
  if (relationship !== 'self') return false;
  return findSignedInAccount(res)?.id === accountId || accountIdsOfBrowser(req).includes(accountId);
}

async function isSignedInAsMinor(res: Response): Promise<boolean> {
  const account = findSignedInAccount(res);
  const year = account && ownYearOfBirth(account, await listProfileAccess(account.id));
  return year !== null && ageStatusAt(year, new Date(), await readSettings()) !== 'full';
}
