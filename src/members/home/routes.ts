import { type Request, type Response, Router } from 'express';
import { findClosingDay, toDate } from '../../accounts/address/closing-domains.ts';
import { acceptTerms, findUnacceptedTerms } from '../../accounts/legal-texts.ts';
import { addClaims, saveOwnYearOfBirth } from '../../accounts/registration/answers.ts';
import { getClaimContext } from '../../accounts/registration/claims.ts';
import { acceptWithAccount } from '../../accounts/registration/register.ts';
import { hasClassmates, listClassmates } from '../../alumni/classmates.ts';
import { listChildrenNeedingDecision } from '../../consents/children.ts';
import { ownYearOfBirth } from '../../consents/profile-access.ts';
import { type GroupLink, getUsableGroupLink } from '../../groups/join-by-link.ts';
import { listGroupsOfAccount } from '../../groups/member-list.ts';
import { findOpenInvitation } from '../../invitations/invitation.ts';
import { type FoundLink, findCurrentLinkId, findLink } from '../../invitations/link.ts';
import { declineInvitation } from '../../invitations/response.ts';
import { currentProfileAccess, requireAccess } from '../../pages/access-guard.ts';
import { claimsForm, describeClaimableRecords, ownYearForm } from '../../pages/claim-questions.ts';
import { describeProfile } from '../../pages/describe-access.ts';
import { groupJoinMessage } from '../../pages/group-join-message.ts';
import { submitHelpRequest } from '../../pages/help-requests.ts';
import { registrationPath, saveOpenedInvitation } from '../../pages/opened-invitations.ts';
import { HomecomingError, NotFound } from '../../platform/errors.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { readSettings } from '../../settings/settings.ts';
import { accountOf, actorOf, requireAccount } from '../../sign-in/guard.ts';
import { continueSession } from '../../sign-in/sign-in.ts';

/** The member's home page: profiles, groups, invitations and records to claim. */
export const homeRoutes = Router();
homeRoutes.get('/home', requireAccount, requireAccess, showHome);
homeRoutes.get('/home/year-of-birth', requireAccount, showYearOfBirth);
homeRoutes.post('/home/year-of-birth', requireAccount, submitYearOfBirth);
homeRoutes.get('/home/find-record', requireAccount, showFindRecord);
homeRoutes.post('/home/find-record', requireAccount, submitFindRecord);
homeRoutes.post('/account/terms/:version', requireAccount, submitTerms);
homeRoutes.post('/home/claims', requireAccount, requireAccess, submitClaims);
homeRoutes.post('/home/invitation', requireAccount, requireAccess, submitInvitationOpening);
homeRoutes.post('/home/invitation/acceptance', requireAccount, requireAccess, submitInvitationAcceptance);
homeRoutes.post('/home/invitation/decline', requireAccount, requireAccess, submitInvitationDecline);

const FIRST_CLASSMATES = 12;

async function showHome(req: Request, res: Response): Promise<void> {
  await renderHome(emptyForm, req, res);
}

async function renderHome(form: FormState, req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const profileAccess = currentProfileAccess(res);
  const policy = await readSettings();
  const now = new Date();
  const context = await getClaimContext(account.email, account.id);
  const closesOn = await findClosingDay(account.email);
  const cards = await describeClaimableRecords(context, form, { answersAgain: req.query.answer === 'again' });
  res.render('members/home/index', {
    ...form,
    profiles: profileAccess.map((profile) => describeProfile(profile, policy, now)),
    childrenNeedingDecision: await listChildrenNeedingDecision(account.id),
    invitation: await findPendingInvitationLink(account.email),
    groupLink: await findOpenedGroupLink(req, account.id),
    groups: await listGroupsOfAccount(account.id),
    classmates: await findClassmates(account.id),
    unacceptedTerms: await findUnacceptedTerms(account.id),
    closesOn: closesOn && toDate(closesOn),
    yearOfBirth: ownYearOfBirth(account, profileAccess),
    ...cards,
    hasSelfProfile: context.hasSelfProfile,
    adultAge: policy.fullAccessFromAge,
  });
}

async function submitTerms(req: Request, res: Response): Promise<void> {
  await acceptTerms(accountOf(res).id, Number(req.params.version), actorOf(req, res));
  flash(req, 'success', t('home:terms.done'));
  await saveSession(req);
  res.redirect(303, '/home');
}

/** The first classmates, and whether there are more. Null if this account may not see classmates. */
async function findClassmates(accountId: string) {
  if (!(await hasClassmates(accountId))) return null;
  const { items, after } = await listClassmates(accountId, null, FIRST_CLASSMATES);
  return { items, hasMore: after !== null };
}

async function showYearOfBirth(_req: Request, res: Response): Promise<void> {
  if ((await getClaimContext(accountOf(res).email, accountOf(res).id)).knownYearOfBirth !== null)
    return res.redirect(303, '/home');
  res.render('members/home/year-of-birth', emptyForm);
}

async function submitYearOfBirth(req: Request, res: Response): Promise<void> {
  const form = readForm(ownYearForm, req.body);
  const stated = await form.run(async ({ ownYearOfBirth }) => {
    await saveOwnYearOfBirth(accountOf(res), ownYearOfBirth, actorOf(req, res));
    return true;
  });
  if (stated) return res.redirect(303, '/home');
  res.status(422).render('members/home/year-of-birth', { values: form.values, errors: form.errors });
}

async function showFindRecord(_req: Request, res: Response): Promise<void> {
  if (await hasOwnRecord(res)) return res.redirect(303, '/home');
  res.render('members/home/find-record', emptyForm);
}

async function submitFindRecord(req: Request, res: Response): Promise<void> {
  if (await hasOwnRecord(res)) return res.redirect(303, '/home');
  const { id: accountId, email } = accountOf(res);
  const rejected = await submitHelpRequest('find-record', { email, accountId }, req, res);
  if (rejected) return res.render('members/home/find-record', rejected);
  flash(req, 'success', t('home:findRecord.sent'));
  await saveSession(req);
  res.redirect(303, '/home');
}

async function hasOwnRecord(res: Response): Promise<boolean> {
  return (await getClaimContext(accountOf(res).email, accountOf(res).id)).hasSelfProfile;
}

async function submitClaims(req: Request, res: Response): Promise<void> {
  const form = readForm(claimsForm, req.body);
  const claimed = await form.run(async (answers) => {
    await addClaims(accountOf(res), answers, actorOf(req, res));
    return true;
  });
  if (!claimed) {
    res.status(422);
    return renderHome({ values: form.values, errors: form.errors }, req, res);
  }
  flash(req, 'success', t('home:claims.saved'));
  await saveSession(req);
  res.redirect(303, '/home');
}

/** Opens an invitation for the account's own address, whose mailbox was proven on registration. */
async function submitInvitationOpening(req: Request, res: Response): Promise<void> {
  const link = await getPendingInvitationLink(res);
  saveOpenedInvitation(link, { isProven: true, mayBePerson: false }, req);
  await saveSession(req);
  res.redirect(303, registrationPath(link, req));
}

/** Accepts an invitation and joins its group. Records are claimed separately. */
async function submitInvitationAcceptance(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const link = await getPendingInvitationLink(res);
  await continueSession(req, res, await acceptWithAccount(link, account, null, actorOf(req, res)));
  const groupMessage = await groupJoinMessage(link, account.id);
  flash(req, groupMessage?.kind ?? 'success', groupMessage?.text ?? t('home:invitation.accepted'));
  await saveSession(req);
  res.redirect(303, '/home');
}

async function submitInvitationDecline(req: Request, res: Response): Promise<void> {
  const link = await getPendingInvitationLink(res);
  await declineInvitation(link.linkId, 'not-me', actorOf(req, res));
  flash(req, 'success', t('home:invitation.declined'));
  await saveSession(req);
  res.redirect(303, '/home');
}

/** The group link that the person opened before signing in, if they can still redeem it. */
async function findOpenedGroupLink({ session }: Request, accountId: string): Promise<GroupLink | null> {
  if (!session.groupLink) return null;
  const { linkId, groupId } = session.groupLink;
  return getUsableGroupLink(linkId, groupId, accountId).catch((error: unknown) => {
    if (error instanceof HomecomingError) return null;
    throw error;
  });
}

async function findPendingInvitationLink(email: string): Promise<FoundLink | null> {
  const invitation = await findOpenInvitation(email);
  if (invitation?.status !== 'pending') return null;
  const linkId = await findCurrentLinkId(invitation.id);
  return linkId === null ? null : findLink(linkId);
}

async function getPendingInvitationLink(res: Response): Promise<FoundLink> {
  const link = await findPendingInvitationLink(accountOf(res).email);
  if (!link) throw new NotFound(t('home:invitation.gone'));
  return link;
}
