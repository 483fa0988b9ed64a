import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignInWhen } from '../accounts/recent-sign-in.ts';
import { Forbidden } from '../errors.ts';
import { reopen } from '../invitations/age-block.ts';
import { caseFile } from '../invitations/case-file.ts';
import { correctAddress } from '../invitations/correct-address.ts';
import { extend } from '../invitations/extend.ts';
import { MOST_DAYS_AHEAD, renewedExpiry } from '../invitations/extension.ts';
import { MOST_RESENDS_A_DAY, onlyOne } from '../invitations/held.ts';
import { invitationById } from '../invitations/invitation.ts';
import { NotEligible } from '../invitations/not-eligible.ts';
import { resend } from '../invitations/resend.ts';
import { revoke } from '../invitations/revoke.ts';
import { watch } from '../invitations/watch.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { date } from '../web/view.ts';
import { actsFor } from './acts.ts';
import { diagnose } from './diagnosis.ts';
import { factsOf } from './facts.ts';
import { correctionForm, extensionForm, resendForm, revocationForm, watchingForm } from './forms.ts';
import { goToIssued, linkToShare } from './issued.ts';
import { timelineOf } from './timeline.ts';

const adminOnly = requireStaff('admin');

/** One invitation, and what is done to it. */
export const adminInvitations = Router();
adminInvitations.get('/:id', showInvitation);
adminInvitations.post('/:id/resends', submitResend);
adminInvitations.get('/:id/extension', adminOnly, showForm('extension'));
adminInvitations.post('/:id/extension', adminOnly, submitExtension);
adminInvitations.get('/:id/address', adminOnly, showForm('address'));
adminInvitations.post('/:id/address', adminOnly, requireRecentSignInWhen(givesStaffRole), submitAddress);
adminInvitations.get('/:id/revocation', adminOnly, showForm('revocation'));
adminInvitations.post('/:id/revocation', adminOnly, submitRevocation);
adminInvitations.post('/:id/reopening', adminOnly, submitReopening);
adminInvitations.post('/:id/watching', adminOnly, submitWatching);

// Whoever gets it joins the staff: its address is as dangerous as inviting.
async function givesStaffRole(req: Request): Promise<boolean> {
  return (await invitationById(String(req.params.id))).staffRole !== null;
}

async function showInvitation(req: Request, res: Response): Promise<void> {
  const file = await caseFile(String(req.params.id));
  const isAdmin = accountOf(res).staffRole === 'admin';
  const diagnosis = diagnose(factsOf(file, res.locals.mailPause !== null));
  res.render('admin/invitations/show', {
    ...file,
    diagnosis,
    acts: actsFor(file, diagnosis, isAdmin),
    timeline: timelineOf(file, isAdmin),
    renewedUntil: renewedExpiry(file.invitation),
    share: await linkToShare(file.invitation.id, req, res),
  });
}

async function submitResend(req: Request, res: Response): Promise<void> {
  const form = readForm(resendForm, req.body);
  const delivery = form.data?.delivery ?? 'mail';
  if (delivery === 'link' && accountOf(res).staffRole !== 'admin') {
    throw new Forbidden('Only administrators make links to hand on. You can send the invitation by mail.');
  }
  const mostADay = accountOf(res).staffRole === 'admin' ? {} : { mostADay: MOST_RESENDS_A_DAY };
  const resent = await resend([String(req.params.id)], { delivery, ...mostADay }, actorOf(req, res));
  const issued = onlyOne(resent, 'sent again');
  const message = `A new link for ${issued.email} is made; older ones no longer work.`;
  await goToIssued(issued, message, req, res);
}

type OwnPage = 'extension' | 'address' | 'revocation';

function showForm(page: OwnPage) {
  return (req: Request, res: Response): Promise<void> => renderForm(page, emptyForm, req, res);
}

async function renderForm(
  page: OwnPage,
  { values, errors }: FormState,
  req: Request,
  res: Response,
  offered = '',
): Promise<void> {
  const invitation = await invitationById(String(req.params.id));
  res.render(`admin/invitations/${page}`, { values, errors, invitation, offered, mostDays: MOST_DAYS_AHEAD });
}

/** @param offered the warnings that may be overridden, for a checkbox */
function refuse(page: OwnPage, form: FormState, req: Request, res: Response, offered = ''): Promise<void> {
  res.status(422);
  return renderForm(page, form, req, res, offered);
}

async function submitExtension(req: Request, res: Response): Promise<void> {
  const form = readForm(extensionForm, req.body);
  const extended = await form.run(async ({ days }) =>
    onlyOne(await extend([String(req.params.id)], days, actorOf(req, res)), 'extended'),
  );
  if (!extended) return refuse('extension', form, req, res);
  const message = `The invitation of ${extended.email} is valid until ${date(extended.expiresAt)}. Its link stays the same.`;
  await goBack(message, req, res);
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const form = readForm(correctionForm, req.body);
  try {
    const corrections = await form.run((typed) =>
      correctAddress([{ id: String(req.params.id), ...typed }], actorOf(req, res)),
    );
    const corrected = corrections?.[0];
    if (!corrected) return await refuse('address', form, req, res);
    const message = `The invitation goes to ${corrected.email} now; older links no longer work.`;
    await goToIssued(corrected, message, req, res);
  } catch (error) {
    if (!(error instanceof NotEligible)) throw error;
    const offered = error.reasons.map(({ name }) => name).join(',');
    await refuse('address', { values: form.values, errors: { email: error.message } }, req, res, offered);
  }
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  const form = readForm(revocationForm, req.body);
  const revoked = await form.run(async ({ reason }) =>
    onlyOne(await revoke([String(req.params.id)], reason || null, actorOf(req, res)), 'revoked'),
  );
  if (!revoked) return refuse('revocation', form, req, res);
  await goBack(`The invitation of ${revoked.email} is revoked. Its link no longer works.`, req, res);
}

async function submitReopening(req: Request, res: Response): Promise<void> {
  const { email } = await reopen(String(req.params.id), actorOf(req, res));
  await goBack(`The invitation of ${email} is open again. Its newest link works as before.`, req, res);
}

async function submitWatching(req: Request, res: Response): Promise<void> {
  const form = readForm(watchingForm, req.body);
  const wanted = form.data?.watched === 'yes';
  await watch(String(req.params.id), wanted, actorOf(req, res));
  const message = wanted
    ? 'We will write to you when it is accepted, or can’t be delivered.'
    : 'We won’t write to you about this invitation.';
  await goBack(message, req, res);
}

async function goBack(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${req.params.id}`);
}
