import type { Request, Response } from 'express';
import { ageStatusAt } from '../../alumni/age.ts';
import { findGuardian, findProfileAccess, type Guardian } from '../../consents/guardians/guardian.ts';
import {
  asDecidedByGuardian,
  listProfileAccess,
  ownYearOfBirth,
  type ProfileAccess,
} from '../../consents/profile-access.ts';
import { findLanguageOf } from '../../invitations/language.ts';
import { BadRequest, HomecomingError } from '../../platform/errors.ts';
import { useLanguageOf } from '../../platform/http/language.ts';
import { LinkNotOpened } from '../../platform/http/link-token.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { findSignedInAccount } from '../../sign-in/guard.ts';
import { accountIdsOfBrowser } from '../../sign-in/known-browser.ts';

const newLinkActions = () => [{ label: t('consents:link.getAgain'), url: '/guardian/new-link' }];

export class InvalidGuardianLink extends BadRequest {
  override readonly title = t('consents:link.invalidTitle');
  override readonly actions = newLinkActions();

  constructor() {
    super(t('consents:link.invalid'));
  }
}

class GuardianRequestClosed extends HomecomingError {
  override readonly status = 410;
  override readonly title = t('consents:link.closedTitle');
}

/** Reveals neither whom the link is about nor whether it is still valid. */
class MinorsBrowserRefused extends HomecomingError {
  override readonly status = 403;
  override readonly title = t('consents:link.minorsBrowserTitle');

  constructor() {
    super(t('consents:link.minorsBrowser'));
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
 * @throws LinkNotOpened, GuardianRequestClosed if the guardian was superseded or the profile deleted,
 *   MinorsBrowserRefused for the minor's own session or browser, and for the session of any minor
 */
export async function getOpenedGuardianLink(
  req: Request,
  res: Response,
  guardianId = req.session.guardianId,
): Promise<OpenedGuardianLink> {
  if (guardianId === undefined) throw new LinkNotOpened(newLinkActions());
  const guardian = await findGuardian(guardianId);
  if (guardian) useLanguageOf(await findLanguageOf(guardian.email), req);
  const combinedProfile = guardian && (await findProfileAccess(guardian));
  if ((combinedProfile && isMinorsOwnBrowser(combinedProfile, req, res)) || (await isSignedInAsMinor(res)))
    throw new MinorsBrowserRefused();
  if (!guardian || !combinedProfile) throw new GuardianRequestClosed(t('consents:link.profileGone'));
  if (!guardian.isContactable) throw new GuardianRequestClosed(t('consents:link.superseded'));
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
