import type { Request, Response } from 'express';
import { accountOf } from '../accounts/guard.ts';
import type { Issued } from '../invitations/invite.ts';
import { findLink, linkUrl } from '../invitations/link.ts';
import { signLink } from '../links.ts';
import { recentSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { saveSession } from '../web/session.ts';
import { type Share, shareOf } from '../web/share.ts';

/** Leads to the page of an invitation that just got a link, which is mailed or shown there once. */
export async function goToIssued(
  { invitationId, linkId, delivery }: Issued,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  if (delivery === 'link') req.session.showLink = linkId;
  flash(req, 'success', delivery === 'mail' ? `${message} The mail is on its way.` : message);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${invitationId}`);
}

/** The link for the one page that follows; one that was replaced or answered meanwhile is not shown. */
export async function linkToShare(invitationId: string, req: Request, res: Response): Promise<Share | null> {
  const { showLink } = req.session;
  if (showLink === undefined) return null;
  delete req.session.showLink;
  const link = await findLink(showLink);
  if (link?.invitationId !== invitationId || link.supersededAt !== null) return null;
  const { organisationName } = await recentSettings();
  const text = `${accountOf(res).name} invites you to register with ${organisationName}:`;
  return shareOf(linkUrl(signLink('invitation', showLink)), `Your invitation to ${organisationName}`, text);
}
