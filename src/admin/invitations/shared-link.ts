import type { Request, Response } from 'express';
import { findLink, linkUrl } from '../../invitations/link.ts';
import type { IssuedInvitation } from '../../invitations/new-invitation.ts';
import { signLinkToken } from '../../platform/crypto/signed-links.ts';
import { flash } from '../../platform/http/flash.ts';
import { saveSession } from '../../platform/http/session.ts';
import { createShareOptions, type ShareOptions } from '../../platform/http/share.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readCachedSettings } from '../../settings/settings.ts';
import { accountOf } from '../../sign-in/guard.ts';

/** Redirects to the invitation after it got a new link. A link to share is shown there once. */
export async function redirectToInvitation(
  { invitationId, linkId, delivery }: IssuedInvitation,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  if (delivery === 'link') req.session.createdInvitationLinkId = linkId;
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${invitationId}`);
}

/** The link to share on the next page, once. Null if it was superseded in the meantime. */
export async function takeLinkToShare(
  invitationId: string,
  req: Request,
  res: Response,
): Promise<ShareOptions | null> {
  const { createdInvitationLinkId: linkId } = req.session;
  if (linkId === undefined) return null;
  delete req.session.createdInvitationLinkId;
  const link = await findLink(linkId);
  if (link?.invitationId !== invitationId || link.supersededAt !== null) return null;
  const { organisationName } = await readCachedSettings();
  return createShareOptions(
    linkUrl(signLinkToken('invitation', linkId)),
    t('invitations:show.shareMailTitle', { organisation: organisationName }),
    t('invitations:show.shareText', { name: accountOf(res).name, organisation: organisationName }),
  );
}
