import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireAccount } from '../accounts/guard.ts';
import { continueSession } from '../accounts/sign-in.ts';
import { requireAccess, wardsOnPage } from '../consent/access.ts';
import { childrenToDecide } from '../consent/children.ts';
import { childOnPage } from '../consent/standing-words.ts';
import { HomecomingError, NotFound } from '../errors.ts';
import { type GroupLink, usableLink } from '../groups/joining.ts';
import { groupsOf } from '../groups/lists.ts';
import { decline } from '../invitations/answer.ts';
import { openInvitationFor } from '../invitations/invitation.ts';
import { currentLink, type FoundLink, findLink } from '../invitations/link.ts';

import { addClaims, stateOwnYear } from '../registration/checked.ts';
import { claimsForm, ownYearForm, recordsOnPage } from '../registration/claim-questions.ts';
import { claimable } from '../registration/claims.ts';
import { pageOf, rememberOpened } from '../registration/opened-invitations.ts';
import { wordOfPlace } from '../registration/place.ts';
import { acceptWithAccount } from '../registration/registration.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';

/** The member's own page: who they are here, and what waits for them. */
export const home = Router();
home.get('/home', requireAccount, requireAccess, showHome);
home.get('/home/year-of-birth', requireAccount, showYear);
home.post('/home/year-of-birth', requireAccount, submitYear);
home.post('/home/claims', requireAccount, requireAccess, submitClaims);
home.post('/home/invitation', requireAccount, requireAccess, openInvitation);
home.post('/home/invitation/acceptance', requireAccount, requireAccess, acceptInvitation);
home.post('/home/invitation/decline', requireAccount, requireAccess, declineInvitation);

async function showHome(req: Request, res: Response): Promise<void> {
  await renderHome(emptyForm, req, res);
}

async function renderHome(form: FormState, req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const policy = await readSettings();
  const now = new Date();
  const { records } = await claimable(account.email, account.id);
  res.render('home/index', {
    ...form,
    profiles: wardsOnPage(res).map((ward) => childOnPage(ward, policy, now)),
    toDecide: await childrenToDecide(account.id),
    invitation: await waitingFor(account.email),
    groupLink: await openedGroupLink(req, account.id),
    groups: await groupsOf(account.id),
    records: await recordsOnPage(records, form),
    adultAge: policy.fullAccessFromAge,
  });
}

async function showYear(_req: Request, res: Response): Promise<void> {
  if ((await claimable(accountOf(res).email, accountOf(res).id)).knownYear !== null)
    return res.redirect(303, '/home');
  res.render('home/year-of-birth', emptyForm);
}

async function submitYear(req: Request, res: Response): Promise<void> {
  const form = readForm(ownYearForm, req.body);
  const stated = await form.run(async ({ ownYearOfBirth }) => {
    await stateOwnYear(accountOf(res), ownYearOfBirth, actorOf(req, res));
    return true;
  });
  if (stated) return res.redirect(303, '/home');
  res.status(422).render('home/year-of-birth', { values: form.values, errors: form.errors });
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
  flash(req, 'success', 'Thank you. Your answers are kept.');
  await saveSession(req);
  res.redirect(303, '/home');
}

/** An invitation that waits for the account's own address: its mailbox was proven when the account was made. */
async function openInvitation(req: Request, res: Response): Promise<void> {
  const link = await requireWaiting(res);
  rememberOpened(link, { isProven: true, mayBePerson: false }, req);
  await saveSession(req);
  res.redirect(303, pageOf(link, req));
}

/** Takes the place in a group that is offered; the records are answered for themselves. */
async function acceptInvitation(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  const link = await requireWaiting(res);
  await continueSession(req, res, await acceptWithAccount(link, account, null, actorOf(req, res)));
  const place = await wordOfPlace(link, account.id);
  flash(req, place?.kind ?? 'success', place?.text ?? 'The invitation is accepted.');
  await saveSession(req);
  res.redirect(303, '/home');
}

async function declineInvitation(req: Request, res: Response): Promise<void> {
  const link = await requireWaiting(res);
  await decline(link.linkId, 'not-me', actorOf(req, res));
  flash(
    req,
    'success',
    'You have declined the invitation. If you change your mind, ask to be invited again.',
  );
  await saveSession(req);
  res.redirect(303, '/home');
}

/** The link to a group that they opened on the way to their account, while it lets them in. */
async function openedGroupLink({ session }: Request, accountId: string): Promise<GroupLink | null> {
  if (!session.groupLink) return null;
  const { linkId, groupId } = session.groupLink;
  return usableLink(linkId, groupId, accountId).catch((error: unknown) => {
    if (error instanceof HomecomingError) return null;
    throw error;
  });
}

async function waitingFor(email: string): Promise<FoundLink | null> {
  const invitation = await openInvitationFor(email);
  if (invitation?.status !== 'pending') return null;
  const linkId = await currentLink(invitation.id);
  return linkId === null ? null : findLink(linkId);
}

async function requireWaiting(res: Response): Promise<FoundLink> {
  const link = await waitingFor(accountOf(res).email);
  if (!link) throw new NotFound('No invitation waits for you any more.');
  return link;
}
