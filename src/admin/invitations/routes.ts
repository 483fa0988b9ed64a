import { type Request, type Response, Router } from 'express';
import { liftAgeBlock } from '../../invitations/age-block.ts';
import { correctAddresses } from '../../invitations/correct-address.ts';
import { NotEligible } from '../../invitations/eligibility/not-eligible.ts';
import { extendInvitations } from '../../invitations/extend.ts';
import { getInvitationHistory } from '../../invitations/history.ts';
import { getInvitation } from '../../invitations/invitation.ts';
import { setInviterNotification } from '../../invitations/inviter-notification.ts';
import { getSingleResult, MAX_RESENDS_PER_DAY } from '../../invitations/operation.ts';
import { resendInvitations } from '../../invitations/resend.ts';
import { revokeInvitations } from '../../invitations/revoke.ts';
import { findExpiryAfterResend, MAX_VALIDITY_DAYS } from '../../invitations/validity.ts';
import { Forbidden } from '../../platform/errors.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignInWhen } from '../../sign-in/recent-sign-in.ts';
import { availableActions } from './actions.ts';
import { diagnose } from './diagnosis.ts';
import { toDiagnosisFacts } from './facts.ts';
import {
  correctionForm,
  extensionForm,
  inviterNotificationForm,
  resendForm,
  revocationForm,
} from './forms.ts';
import { redirectToInvitation, takeLinkToShare } from './shared-link.ts';
import { invitationTimeline } from './timeline.ts';

const adminOnly = requireStaff('admin');

/** One invitation and its actions. */
export const adminInvitationRoutes = Router();
adminInvitationRoutes.get('/:id', showInvitation);
adminInvitationRoutes.post('/:id/resends', submitResend);
adminInvitationRoutes.get('/:id/extension', adminOnly, showForm('extension'));
adminInvitationRoutes.post('/:id/extension', adminOnly, submitExtension);
adminInvitationRoutes.get('/:id/address', adminOnly, showForm('address'));
adminInvitationRoutes.post(
  '/:id/address',
  adminOnly,
  requireRecentSignInWhen(grantsStaffRole),
  submitAddress,
);
adminInvitationRoutes.get('/:id/revocation', adminOnly, showForm('revocation'));
adminInvitationRoutes.post('/:id/revocation', adminOnly, submitRevocation);
adminInvitationRoutes.post('/:id/reopening', adminOnly, submitReopening);
adminInvitationRoutes.post('/:id/inviter-notification', adminOnly, submitInviterNotification);

// The new address can join the staff, so a correction is as dangerous as an invitation.
async function grantsStaffRole(req: Request): Promise<boolean> {
  return (await getInvitation(String(req.params.id))).staffRole !== null;
}

async function showInvitation(req: Request, res: Response): Promise<void> {
  const history = await getInvitationHistory(String(req.params.id));
  const isAdmin = accountOf(res).staffRole === 'admin';
  const diagnosis = diagnose(toDiagnosisFacts(history, res.locals.mailPause !== null));
  res.render('admin/invitations/show', {
    ...history,
    diagnosis,
    actions: availableActions(history, diagnosis, isAdmin),
    timeline: invitationTimeline(history, isAdmin),
    expiresAfterResend: await findExpiryAfterResend(history.invitation.id),
    share: await takeLinkToShare(history.invitation.id, req, res),
  });
}

async function submitResend(req: Request, res: Response): Promise<void> {
  const form = readForm(resendForm, req.body);
  const delivery = form.data?.delivery ?? 'mail';
  if (delivery === 'link' && accountOf(res).staffRole !== 'admin') {
    throw new Forbidden(t('invitations:errors.onlyAdminsShare'));
  }
  const dailyLimit = accountOf(res).staffRole === 'admin' ? {} : { maxPerDay: MAX_RESENDS_PER_DAY };
  const resent = await resendInvitations(
    [String(req.params.id)],
    { delivery, ...dailyLimit },
    actorOf(req, res),
  );
  const issued = getSingleResult(resent);
  const message =
    delivery === 'mail'
      ? t('invitations:show.flash.resent', { email: issued.email })
      : t('invitations:show.flash.linkCreated', { email: issued.email });
  await redirectToInvitation(issued, message, req, res);
}

type InvitationFormPage = 'extension' | 'address' | 'revocation';

function showForm(page: InvitationFormPage) {
  return (req: Request, res: Response): Promise<void> => renderForm(page, emptyForm, req, res);
}

async function renderForm(
  page: InvitationFormPage,
  { values, errors }: FormState,
  req: Request,
  res: Response,
  overridable = '',
): Promise<void> {
  const invitation = await getInvitation(String(req.params.id));
  res.render(`admin/invitations/${page}`, {
    values,
    errors,
    invitation,
    overridable,
    maxDays: MAX_VALIDITY_DAYS,
  });
}

/** @param overridable the warnings that may be overridden, comma-separated */
function renderErrors(
  page: InvitationFormPage,
  form: FormState,
  req: Request,
  res: Response,
  overridable = '',
): Promise<void> {
  res.status(422);
  return renderForm(page, form, req, res, overridable);
}

async function submitExtension(req: Request, res: Response): Promise<void> {
  const form = readForm(extensionForm, req.body);
  const extended = await form.run(async ({ days }) =>
    getSingleResult(await extendInvitations([String(req.params.id)], days, actorOf(req, res))),
  );
  if (!extended) return renderErrors('extension', form, req, res);
  const { email, expiresAt: until } = extended;
  const message = t('invitations:show.flash.extended', { email, until });
  await redirectWithMessage(message, req, res);
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const form = readForm(correctionForm, req.body);
  try {
    const corrections = await form.run((correction) =>
      correctAddresses([{ id: String(req.params.id), ...correction }], actorOf(req, res)),
    );
    const corrected = corrections?.[0];
    if (!corrected) return await renderErrors('address', form, req, res);
    const message = t('invitations:show.flash.corrected', { email: corrected.email });
    await redirectToInvitation(corrected, message, req, res);
  } catch (error) {
    if (!(error instanceof NotEligible)) throw error;
    const overridable = error.reasons.map(({ name }) => name).join(',');
    await renderErrors(
      'address',
      { values: form.values, errors: { email: error.message } },
      req,
      res,
      overridable,
    );
  }
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  const form = readForm(revocationForm, req.body);
  const revoked = await form.run(async ({ reason }) =>
    getSingleResult(await revokeInvitations([String(req.params.id)], reason || null, actorOf(req, res))),
  );
  if (!revoked) return renderErrors('revocation', form, req, res);
  await redirectWithMessage(t('invitations:show.flash.revoked', { email: revoked.email }), req, res);
}

async function submitReopening(req: Request, res: Response): Promise<void> {
  const { email } = await liftAgeBlock(String(req.params.id), actorOf(req, res));
  await redirectWithMessage(t('invitations:show.flash.reopened', { email }), req, res);
}

async function submitInviterNotification(req: Request, res: Response): Promise<void> {
  const form = readForm(inviterNotificationForm, req.body);
  const shouldNotify = form.data?.notifyInviter === 'yes';
  await setInviterNotification(String(req.params.id), shouldNotify, actorOf(req, res));
  const message = shouldNotify
    ? t('invitations:show.flash.notify')
    : t('invitations:show.flash.stopNotifying');
  await redirectWithMessage(message, req, res);
}

async function redirectWithMessage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, `/admin/invitations/${req.params.id}`);
}
