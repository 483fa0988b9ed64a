import { type Request, type Response, Router } from 'express';
import { type Account, findAccount } from '../accounts/account.ts';
import { validateAnswers } from '../accounts/registration/answers.ts';
import { nameOfOwnRecord } from '../accounts/registration/claims.ts';
import { UnusableInvitationLink } from '../accounts/registration/link-errors.ts';
import { acceptWithAccount, registerMember } from '../accounts/registration/register.ts';
import { TooYoung } from '../accounts/registration/too-young.ts';
import { listUndecidedChildren } from '../consents/children.ts';
import { getInvitation } from '../invitations/invitation.ts';
import type { FoundLink } from '../invitations/link.ts';
import { findAccountRedeemedBySession } from '../invitations/response.ts';
import { claimsForm } from '../pages/claim-questions.ts';
import { groupJoinMessage } from '../pages/group-join-message.ts';
import {
  getOpenedLink,
  InvitationNotOpened,
  registrationPath,
  removeOpenedInvitation,
} from '../pages/opened-invitations.ts';
import { flash } from '../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../platform/http/form.ts';
import { hashSessionId, saveSession } from '../platform/http/session.ts';
import { t } from '../platform/i18n/i18n.ts';
import { checkboxField, textField } from '../platform/text/fields.ts';
import { actorOf, findSignedInAccount } from '../sign-in/guard.ts';
import { beginFirstSession, continueSession } from '../sign-in/sign-in.ts';
import { registrationForm } from './forms.ts';
import { helpRoutes } from './help-routes.ts';
import { linkOpenRoutes } from './link-open-routes.ts';
import { trackFormSubmission, trackPageView } from './link-open-tracking.ts';
import { mailboxCodeRoutes } from './mailbox-code-routes.ts';
import { renderRegistration } from './page.ts';
import { findRequiredStep } from './required-step.ts';
import { invitationResponseRoutes } from './response-routes.ts';
import { deleteUnsentForm, saveUnsentForm } from './unsent-form.ts';
import { resubscribeRoutes } from './unsubscribe-routes.ts';

/** From an opened invitation link to an account, or to another answer. */
export const registrationRoutes = Router();
registrationRoutes.use(linkOpenRoutes);
registrationRoutes.get('/register', showRegistration);
registrationRoutes.post('/register', submitRegistration);
registrationRoutes.use(mailboxCodeRoutes, invitationResponseRoutes, resubscribeRoutes, helpRoutes);

async function showRegistration(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req).catch((error: unknown) => {
    // They went back after registering.
    if (error instanceof InvitationNotOpened && findSignedInAccount(res)) return null;
    throw error;
  });
  if (link === null) return res.redirect(303, '/home');
  await trackPageView(link, req);
  await renderRegistration(link, emptyForm, req, res);
}

async function submitRegistration(req: Request, res: Response): Promise<void> {
  try {
    await processForm(req, res);
  } catch (error) {
    const { invitation = '' } = readTypedValues(req);
    if (error instanceof TooYoung) deleteUnsentForm(invitation, req);
    if (!(error instanceof InvitationNotOpened || error instanceof UnusableInvitationLink)) throw error;
    if (await signInIfAlreadyRegistered(req, res)) return res.redirect(303, '/home');
    throw error instanceof InvitationNotOpened
      ? new InvitationNotOpened(saveUnsentForm(invitation, readTypedValues(req), req))
      : error;
  }
}

async function processForm(req: Request, res: Response): Promise<void> {
  const link = await getOpenedLink(req);
  if (await findRequiredStep(link, req, res)) {
    // Another form for this invitation may have been submitted meanwhile. If so, this throws.
    await getOpenedLink(req);
    saveUnsentForm(link.invitationId, readTypedValues(req), req);
    await saveSession(req);
    return res.redirect(303, registrationPath(link, req));
  }
  const account = findSignedInAccount(res);
  if (account) await submitAcceptance(link, account, req, res);
  else await submitNewMember(link, req, res);
}

/** Signs the person in if their own form was accepted a moment ago, by a first click or in another tab. */
async function signInIfAlreadyRegistered(req: Request, res: Response): Promise<boolean> {
  const { openedInvitations = {} } = req.session;
  const id = readTypedValues(req).invitation || Object.keys(openedInvitations)[0] || '';
  const account = findSignedInAccount(res);
  if (account) return (await getInvitation(id).catch(() => null))?.acceptedBy === account.id;
  const linkId = openedInvitations[id]?.token_id;
  const accountId =
    linkId === undefined ? null : await findAccountRedeemedBySession(linkId, hashSessionId(req));
  const member = accountId === null ? null : await findAccount(accountId);
  if (!member || member.suspendedAt !== null) return false;
  beginFirstSession(req, res, member, readTypedValues(req).staySignedIn === 'yes');
  removeOpenedInvitation(id, req);
  await saveSession(req);
  return true;
}

/** The form's values, without the password. */
function readTypedValues(req: Request): Readonly<Record<string, string>> {
  return readForm(claimsForm.extend({ name: textField(200), staySignedIn: checkboxField }), req.body).values;
}

async function submitNewMember(link: FoundLink, req: Request, res: Response): Promise<void> {
  const answers = readForm(claimsForm, req.body).data;
  const ownName = answers ? await nameOfOwnRecord(link.email, answers) : '';
  const form = readForm(registrationForm(link.email, ownName), req.body);
  if (form.data === null)
    await form.collectErrors(async () => answers && validateAnswers(link, null, answers, actorOf(req, res)));
  const account = await form.run((member) =>
    registerMember(link, member, hashSessionId(req), actorOf(req, res)),
  );
  if (!account) return renderErrors(link, form, req, res);
  beginFirstSession(req, res, account, form.data?.staySignedIn === 'yes');
  await redirectAfterRegistration(
    link,
    account,
    t('registration:register.welcome', { name: account.name }),
    req,
    res,
  );
}

async function submitAcceptance(
  link: FoundLink,
  account: Account,
  req: Request,
  res: Response,
): Promise<void> {
  const form = readForm(claimsForm, req.body);
  const accepted = await form.run((answers) => acceptWithAccount(link, account, answers, actorOf(req, res)));
  if (!accepted) return renderErrors(link, form, req, res);
  await continueSession(req, res, accepted);
  await redirectAfterRegistration(link, accepted, t('registration:register.accepted'), req, res);
}

async function renderErrors(
  link: FoundLink,
  { values, errors }: FormState,
  req: Request,
  res: Response,
): Promise<void> {
  await trackFormSubmission(link, errors, req);
  res.status(422);
  return renderRegistration(link, { values, errors }, req, res);
}

/** Continues with the hold notice, the consent page or the home page. */
async function redirectAfterRegistration(
  link: FoundLink,
  account: Account,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  removeOpenedInvitation(link.invitationId, req);
  deleteUnsentForm(link.invitationId, req);
  const { heldForReviewAt } = (await findAccount(account.id)) ?? account;
  if (heldForReviewAt !== null) {
    await saveSession(req);
    return res.redirect(303, '/waiting');
  }
  const groupMessage = await groupJoinMessage(link, account.id);
  flash(req, groupMessage?.kind ?? 'success', groupMessage ? `${message} ${groupMessage.text}` : message);
  await saveSession(req);
  const undecided = await listUndecidedChildren(account.id);
  res.redirect(303, undecided.length > 0 ? '/consent' : '/home');
}
