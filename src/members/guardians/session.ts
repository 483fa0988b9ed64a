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

/** Reveals neither whom the link is about nor whether it is still valid. */
class MinorsBrowserRefused extends HomecomingError {
  override readonly status = 403;
  override readonly title = 'Please use your own phone or computer';

  constructor() {
    super(
      'This page is for a parent or guardian, and a young person has signed in with this browser. If you are the parent or guardian, please open the link in our e-mail on your own phone or computer. If you can’t, write to us and we’ll help.',
    );
  }
}

/** The guardian, and the minor's profile with this guardian's own decision and with the effective one. */
export type OpenedGuardianLink = Readonly<{
  guardian: Guardian;
  ownProfile: ProfileAccess;
  combinedProfile: ProfileAccess;
}>;

/**
 * Gets the guardian whose link this browser opened.
 * @throws GuardianLinkNotOpened, GuardianRequestClosed if the guardian was superseded or the profile deleted,
 *   MinorsBrowserRefused for the minor's own session or browser, and for the session of any minor
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

// If a parent claims the child, the account is the parent's.
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
