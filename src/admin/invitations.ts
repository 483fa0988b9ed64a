import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignInWhen } from '../accounts/recent-sign-in.ts';
import { Forbidden } from '../errors.ts';
import { AlreadyInvited } from '../invitations/already-invited.ts';
import { caseFile } from '../invitations/case-file.ts';
import { invitationById } from '../invitations/invitation.ts';
import { type Issued, invite, resend, revoke } from '../invitations/invite.ts';
import { findLink, linkUrl } from '../invitations/link.ts';
import { signLink } from '../links.ts';
import { recentSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { diagnose } from './diagnosis.ts';
import { factsOf } from './facts.ts';
import { newInvitationForm, resendForm, revocationForm } from './forms.ts';
import { one } from './list-query.ts';
import { timelineOf } from './timeline.ts';

declare module 'express-session' {
  interface SessionData {
    /** A link that was made to be handed on: shown on the next page, once. Its id only; the link is derived again. */
    showLink: string;
  }
}

const adminOnly = requireStaff('admin');

export const adminInvitations = Router();
adminInvitations.get('/new', adminOnly, showNewInvitation);
adminInvitations.post('/', adminOnly, requireRecentSignInWhen(invitesStaff), submitNewInvitation);
adminInvitations.get('/:id', showInvitation);
adminInvitations.post('/:id/resends', submitResend);
adminInvitations.get('/:id/revocation', adminOnly, showRevocation);
adminInvitations.post('/:id/revocation', adminOnly, submitRevocation);

// A new member of the staff is let in by somebody who has just proved who they are.
function invitesStaff(req: Request): boolean {
  return (req.body?.staffRole ?? '') !== '';
}

/** `?staffRole=` chooses a role beforehand. */
async function showNewInvitation(req: Request, res: Response): Promise<void> {
  const staffRole = one(req.query.staffRole);
  await renderNewInvitation(res, { values: { staffRole }, errors: {} });
}

async function submitNewInvitation(req: Request, res: Response): Promise<void> {
  const form = readForm(newInvitationForm((await recentSettings()).invitationDays), req.body);
  try {
    const issued = await form.run(
      ({ email, message, validityDays, staffRole, groupId, groupRole, delivery, replace }) =>
        invite(
          {
            email,
            message: message || null,
            validityDays,
            staffRole: staffRole || null,
            group: groupId === '' ? null : { id: groupId, role: groupRole || 'member' },
            delivery,
            replace: replace === 'yes',
          },
          actorOf(req, res),
        ),
    );
    if (issued) return await showIssued(issued, `${issued.invitation.email} is invited.`, req, res);
    res.status(422);
    await renderNewInvitation(res, form);
  } catch (error) {
    if (!(error instanceof AlreadyInvited)) throw error;
    res.status(409);
    await renderNewInvitation(res, form, error);
  }
}

async function renderNewInvitation(
  res: Response,
  form: FormState,
  duplicate: AlreadyInvited | null = null,
): Promise<void> {
  const { invitationDays } = await recentSettings();
  res.render('admin/invitations/new', {
    values: form.values,
    errors: form.errors,
    duplicate,
    invitationDays,
  });
}

async function showInvitation(req: Request, res: Response): Promise<void> {
  const file = await caseFile(String(req.params.id));
  res.render('admin/invitations/show', {
    ...file,
    diagnosis: diagnose(factsOf(file, res.locals.mailPause !== null)),
    timeline: timelineOf(file, accountOf(res).staffRole === 'admin'),
    link: await linkToShow(req, file.invitation.id),
  });
}

async function submitResend(req: Request, res: Response): Promise<void> {
  const form = readForm(resendForm, req.body);
  const delivery = form.data?.delivery ?? 'mail';
  if (delivery === 'link' && accountOf(res).staffRole !== 'admin') {
    throw new Forbidden('Only administrators make links to hand on. You can send the invitation by mail.');
  }
  const issued = await resend(String(req.params.id), delivery, actorOf(req, res));
  await showIssued(
    issued,
    `A new link for ${issued.invitation.email} is made; older ones no longer work.`,
    req,
    res,
  );
}

async function showRevocation(req: Request, res: Response): Promise<void> {
  res.render('admin/invitations/revocation', {
    ...emptyForm,
    invitation: await invitationById(String(req.params.id)),
  });
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(revocationForm, req.body);
  const revoked = await form.run(({ reason }) => revoke(id, reason || null, actorOf(req, res)));
  if (!revoked) {
    const invitation = await invitationById(id);
    res
      .status(422)
      .render('admin/invitations/revocation', { values: form.values, errors: form.errors, invitation });
    return;
  }
  flash(req, 'success', `The invitation of ${revoked.email} is revoked. Its link no longer works.`);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${revoked.id}`);
}

async function showIssued(
  { invitation, linkId, delivery }: Issued,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  if (delivery === 'link') req.session.showLink = linkId;
  flash(req, 'success', delivery === 'mail' ? `${message} The mail is on its way.` : message);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${invitation.id}`);
}

// Shown on the one page that follows; a link that was replaced or answered meanwhile is not.
async function linkToShow(req: Request, invitationId: string): Promise<string | null> {
  const { showLink } = req.session;
  if (showLink === undefined) return null;
  delete req.session.showLink;
  const link = await findLink(showLink);
  const current = link?.invitationId === invitationId && link.retiredAt === null;
  return current ? linkUrl(signLink('invitation', showLink)) : null;
}
