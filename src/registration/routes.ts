import { type Request, type Response, Router } from 'express';
import { type Account, accountById } from '../accounts/account.ts';
import { actorOf, signedIn } from '../accounts/guard.ts';
import { beginFirstSession, continueSession } from '../accounts/sign-in.ts';
import { isMinorsAddress } from '../alumni/minors-address.ts';
import { childrenUndecided } from '../consent/children.ts';
import { Conflict } from '../errors.ts';
import { type FoundLink, findLink } from '../invitations/link.ts';
import { verifyLink } from '../links.ts';
import { recentSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { countBadLink } from '../web/rate-limit.ts';
import { renewSession, saveSession } from '../web/session.ts';
import { admit, admittedLink, BadInvitationLink, whyDead } from './admission.ts';
import { check } from './checked.ts';
import { claimsForm, recordsOnPage } from './claim-questions.ts';
import { claimable } from './claims.ts';
import { registrationForm } from './forms.ts';
import { obstacleFor } from './page.ts';
import { wordOfPlace } from './place.ts';
import { acceptWithAccount, register } from './registration.ts';
import { noteForm, noteLook, noteOpening } from './visit-page.ts';

/** Before sessions: a link that we did not sign costs no query, not even the session's. */
export const invitationLinks = Router();
invitationLinks.get('/register', async (req, res, next) => {
  if ('token' in req.query) await checkSignature(req.query.token, req, res);
  next();
});
invitationLinks.get('/join', async (req, res, next) => {
  await checkSignature(req.query.token, req, res);
  next();
});
invitationLinks.get('/invite/:token', async (req, res, next) => {
  await checkSignature(req.params.token, req, res);
  next();
});

export const registration = Router();
registration.get(['/register', '/join', '/invite/:token'], showRegistration);
registration.post('/register', submitRegistration);

async function checkSignature(token: unknown, req: Request, res: Response): Promise<void> {
  const linkId = verifyLink('invitation', token);
  if (linkId === null) {
    await countBadLink(req);
    throw new BadInvitationLink();
  }
  res.locals.linkId = linkId;
}

/** An opened link becomes ids in a new session and a clean address, so the secret is in no history and no log. */
async function exchange(linkId: string, req: Request, res: Response): Promise<void> {
  const link = await findLink(linkId);
  if (!link) {
    await countBadLink(req);
    throw new BadInvitationLink();
  }
  const dead = await whyDead(link);
  const mayBePerson = await noteOpening(link, dead !== null, req);
  if (dead) throw dead;
  if (req.method === 'GET') {
    const { passport, groupLink } = req.session;
    await renewSession(req);
    if (passport) req.session.passport = passport;
    if (groupLink) req.session.groupLink = groupLink;
    req.session.admission = admit(link, link.delivery === 'mail');
    if (mayBePerson) req.session.unconfirmed = true;
    await saveSession(req);
  }
  res.redirect(303, '/register');
}

async function showRegistration(req: Request, res: Response): Promise<void> {
  const linkId = res.locals.linkId as string | undefined;
  if (linkId !== undefined) return exchange(linkId, req, res);
  // Going back after registering: the invitation is behind them.
  if (!req.session.admission && signedIn(res)) return res.redirect(303, '/home');
  const link = await admittedLink(req);
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
  if (obstacle?.view === 'registration/sign-in-first') req.session.returnTo = '/register';
  if (obstacle) return res.render(obstacle.view, { ...obstacle.locals, ...form, link });
  const { records, onFile, hasSelf, knownYear } = await claimable(link.email, signedIn(res)?.id ?? null);
  const policy = await recentSettings();
  const shown = await recordsOnPage(records, form);
  const minors = shown.some(({ access }) => access === 'consent' || access === null);
  res.render('registration/register', {
    ...form,
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
  const link = await admittedLink(req);
  if (await obstacleFor(link, req, res)) {
    // The obstacle may be the account that another form of this very invitation has made since.
    await admittedLink(req);
    return res.redirect(303, '/register');
  }
  const account = signedIn(res);
  if (account) await submitAcceptance(link, account, req, res);
  else await submitNewMember(link, req, res);
}

async function submitNewMember(link: FoundLink, req: Request, res: Response): Promise<void> {
  const form = readForm(registrationForm(link.email), req.body);
  refuseOtherInvitation(link, form);
  if (form.data === null) {
    const answers = readForm(claimsForm, req.body).data;
    await form.gather(async () => answers && check(link, null, answers, actorOf(req, res)));
  }
  const account = await form.run((member) => register(link, member, actorOf(req, res)));
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
  refuseOtherInvitation(link, form);
  const accepted = await form.run((answers) => acceptWithAccount(link, account, answers, actorOf(req, res)));
  if (!accepted) return refuse(link, form, req, res);
  delete req.session.admission;
  await continueSession(req, res, accepted);
  await welcome(link, accepted, 'The invitation is accepted.', req, res);
}

// Two invitations open in one browser: what is sent must be about the one that was shown.
function refuseOtherInvitation(link: FoundLink, form: FormState): void {
  const shown = form.values.invitation;
  if (shown !== undefined && shown !== '' && shown !== link.invitationId) {
    throw new Conflict('You have opened another invitation since. Please open the link of this one again.');
  }
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
