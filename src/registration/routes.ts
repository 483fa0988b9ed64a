import { type Request, type Response, Router } from 'express';
import { type Account, accountById } from '../accounts/account.ts';
import { actorOf, signedIn } from '../accounts/guard.ts';
import { beginFirstSession, continueSession } from '../accounts/sign-in.ts';
import { isMinorsAddress } from '../alumni/minors-address.ts';
import { childrenUndecided } from '../consent/children.ts';
import { redeemedIn } from '../invitations/answer.ts';
import { invitationById } from '../invitations/invitation.ts';
import type { FoundLink } from '../invitations/link.ts';
import { recentSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm, text } from '../web/form.ts';
import { saveSession, sessionHash } from '../web/session.ts';
import { check } from './checked.ts';
import { claimsForm, recordsOnPage } from './claim-questions.ts';
import { claimable } from './claims.ts';
import { DeadLink } from './dead-link.ts';
import { registrationForm } from './forms.ts';
import { forgetOpened, NotOpened, openedLink, pageOf } from './opened-invitations.ts';
import { obstacleFor } from './page.ts';
import { wordOfPlace } from './place.ts';
import { acceptWithAccount, register } from './registration.ts';
import { TooYoung } from './too-young.ts';
import { forgetUnsent, keepUnsent, unsentFor } from './unsent-form.ts';
import { noteForm, noteLook } from './visit-page.ts';

/** The page of an opened invitation, and its form. */
export const registration = Router();
registration.get('/register', showRegistration);
registration.post('/register', submitRegistration);

async function showRegistration(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req).catch((error: unknown) => {
    // Going back after registering: the invitation is behind them.
    if (error instanceof NotOpened && signedIn(res)) return null;
    throw error;
  });
  if (link === null) return res.redirect(303, '/home');
  await noteLook(link, req);
  await renderRegistration(link, emptyForm, req, res);
}

async function renderRegistration(
  link: FoundLink,
  form: FormState,
  req: Request,
  res: Response,
): Promise<void> {
  const obstacle = await obstacleFor(link, req, res);
  if (obstacle?.view === 'registration/sign-in-first') req.session.returnTo = pageOf(link, req);
  if (obstacle) return res.render(obstacle.view, { ...obstacle.locals, ...form, link });
  const unsent = unsentFor(link.invitationId, req);
  const { records, onFile, hasSelf, knownYear } = await claimable(link.email, signedIn(res)?.id ?? null);
  const policy = await recentSettings();
  const values = { ...unsent, ...form.values };
  const shown = await recordsOnPage(records, { values, errors: form.errors });
  const minors = shown.some(({ access }) => access === 'consent' || access === null);
  res.render('registration/register', {
    values,
    errors: form.errors,
    isFilledIn: unsent !== null && Object.keys(form.errors).length === 0,
    link,
    records: shown,
    minors,
    asksOwnYear: knownYear === null,
    mayWait: !hasSelf && isMinorsAddress(onFile, new Date(), policy),
    adultAge: policy.fullAccessFromAge,
    member: signedIn(res),
  });
}

async function submitRegistration(req: Request, res: Response): Promise<void> {
  try {
    await takeForm(req, res);
  } catch (error) {
    const { invitation = '' } = typedIn(req);
    if (error instanceof TooYoung) forgetUnsent(invitation, req);
    if (!(error instanceof NotOpened || error instanceof DeadLink)) throw error;
    if (await wasTaken(req, res)) return res.redirect(303, '/home');
    throw error instanceof NotOpened ? new NotOpened(keepUnsent(invitation, typedIn(req), req)) : error;
  }
}

async function takeForm(req: Request, res: Response): Promise<void> {
  const link = await openedLink(req);
  if (await obstacleFor(link, req, res)) {
    // The obstacle may be the account that another form of this very invitation has made since.
    await openedLink(req);
    keepUnsent(link.invitationId, typedIn(req), req);
    await saveSession(req);
    return res.redirect(303, pageOf(link, req));
  }
  const account = signedIn(res);
  if (account) await submitAcceptance(link, account, req, res);
  else await submitNewMember(link, req, res);
}

/** Whether the same person's form was taken a moment ago, by a second click or another tab. They are signed in then. */
async function wasTaken(req: Request, res: Response): Promise<boolean> {
  const { openedInvitations: opened = {} } = req.session;
  const id = typedIn(req).invitation || Object.keys(opened)[0] || '';
  const account = signedIn(res);
  if (account) return (await invitationById(id).catch(() => null))?.acceptedBy === account.id;
  const linkId = opened[id]?.token_id;
  const accountId = linkId === undefined ? null : await redeemedIn(linkId, sessionHash(req));
  const member = accountId === null ? null : await accountById(accountId);
  if (!member || member.suspendedAt !== null) return false;
  beginFirstSession(req, res, member);
  forgetOpened(id, req);
  await saveSession(req);
  return true;
}

/** What was typed into the form, without the password. */
function typedIn(req: Request): Readonly<Record<string, string>> {
  return readForm(claimsForm.extend({ name: text(200) }), req.body).values;
}

async function submitNewMember(link: FoundLink, req: Request, res: Response): Promise<void> {
  const form = readForm(registrationForm(link.email), req.body);
  if (form.data === null) {
    const answers = readForm(claimsForm, req.body).data;
    await form.gather(async () => answers && check(link, null, answers, actorOf(req, res)));
  }
  const account = await form.run((member) => register(link, member, sessionHash(req), actorOf(req, res)));
  if (!account) return refuse(link, form, req, res);
  beginFirstSession(req, res, account);
  await welcome(link, account, `Welcome, ${account.name}. Your account is ready.`, req, res);
}

async function submitAcceptance(
  link: FoundLink,
  account: Account,
  req: Request,
  res: Response,
): Promise<void> {
  const form = readForm(claimsForm, req.body);
  const accepted = await form.run((answers) => acceptWithAccount(link, account, answers, actorOf(req, res)));
  if (!accepted) return refuse(link, form, req, res);
  await continueSession(req, res, accepted);
  await welcome(link, accepted, 'The invitation is accepted.', req, res);
}

async function refuse(
  link: FoundLink,
  { values, errors }: FormState,
  req: Request,
  res: Response,
): Promise<void> {
  await noteForm(link, errors, req);
  res.status(422);
  return renderRegistration(link, { values, errors }, req, res);
}

/** A parent's consent follows at once, if there is anything to consent to; an account that is held sees why. */
async function welcome(
  link: FoundLink,
  account: Account,
  message: string,
  req: Request,
  res: Response,
): Promise<void> {
  forgetOpened(link.invitationId, req);
  forgetUnsent(link.invitationId, req);
  const { heldForReviewAt } = (await accountById(account.id)) ?? account;
  if (heldForReviewAt !== null) {
    await saveSession(req);
    return res.redirect(303, '/waiting');
  }
  const place = await wordOfPlace(link, account.id);
  flash(req, place?.kind ?? 'success', place ? `${message} ${place.text}` : message);
  await saveSession(req);
  const undecided = await childrenUndecided(account.id);
  res.redirect(303, undecided.length > 0 ? '/consent' : '/home');
}
