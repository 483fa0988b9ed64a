import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { dismissErasureRequest, eraseForGuardian } from '../../consents/erasure.ts';
import { getListedGuardian, listGuardiansForReview } from '../../consents/guardians/list.ts';
import { addSecondGuardian } from '../../consents/guardians/second-guardian.ts';
import {
  approveGuardian,
  correctGuardianAddress,
  rejectGuardian,
  resendGuardianLink,
} from '../../consents/guardians/support.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField, requiredName } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { reasonField } from '../fields.ts';

const adminOnly = requireStaff('admin');
const addressCorrectionForm = z.object({ correctedEmail: addressField, reason: reasonField });
const secondGuardianForm = z.object({
  guardianName: requiredName(() => t('consents:review.secondNameRequired')),
  guardianEmail: addressField,
});
const dismissalForm = z.object({ dismissalReason: reasonField });

/** Reviewing and helping guardians. Support may do everything except erase data. */
export const adminGuardianRoutes = Router();
adminGuardianRoutes.get('/', showList);
adminGuardianRoutes.get('/:id', showGuardian);
adminGuardianRoutes.post('/:id/approval', submitApproval);
adminGuardianRoutes.post('/:id/rejection', submitRejection);
adminGuardianRoutes.post('/:id/resends', submitResend);
adminGuardianRoutes.post('/:id/address', submitAddress);
adminGuardianRoutes.post('/:id/second-guardian', submitSecondGuardian);
adminGuardianRoutes.post('/:id/erasure', adminOnly, requireRecentSignIn, submitErasure);
adminGuardianRoutes.post('/:id/erasure-dismissal', adminOnly, submitDismissal);

const LIST_URL = '/admin/guardians';

async function showList(_req: Request, res: Response): Promise<void> {
  res.render('admin/guardians/index', { guardians: await listGuardiansForReview() });
}

async function showGuardian(req: Request, res: Response): Promise<void> {
  await renderGuardian(emptyForm, req, res);
}

async function renderGuardian({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const guardian = await getListedGuardian(String(req.params.id));
  const isAdmin = accountOf(res).staffRole === 'admin';
  res.render('admin/guardians/show', { guardian, isAdmin, values, errors });
}

async function submitApproval(req: Request, res: Response): Promise<void> {
  const { guardian } = await approveGuardian(await getGuardianId(req), actorOf(req, res));
  const { name, email } = guardian;
  await redirectWithMessage(t('consents:review.approved', { name, email }), LIST_URL, req, res);
}

async function submitRejection(req: Request, res: Response): Promise<void> {
  const { guardian, profile } = await rejectGuardian(await getGuardianId(req), actorOf(req, res));
  const { email, isSecond } = guardian;
  const message = isSecond
    ? t('consents:review.rejected', { email })
    : t('consents:review.rejectedAskOther', { email, firstName: profile.firstName });
  await redirectWithMessage(message, LIST_URL, req, res);
}

async function submitResend(req: Request, res: Response): Promise<void> {
  const id = await getGuardianId(req);
  const { guardian } = await resendGuardianLink(id, actorOf(req, res));
  const message = t('consents:review.resent', { email: guardian.email });
  await redirectWithMessage(message, `${LIST_URL}/${id}`, req, res);
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const id = await getGuardianId(req);
  const form = readForm(addressCorrectionForm, req.body);
  const done = await form.run(({ correctedEmail, reason: correctionReason }) =>
    correctGuardianAddress(id, correctedEmail, correctionReason, actorOf(req, res)),
  );
  if (!done) return renderErrors(form, 'correctedEmail', req, res);
  const { id: correctedId, name, email } = done.guardian;
  const message = t('consents:review.corrected', { name, email });
  await redirectWithMessage(message, `${LIST_URL}/${correctedId}`, req, res);
}

async function submitSecondGuardian(req: Request, res: Response): Promise<void> {
  const id = await getGuardianId(req);
  const form = readForm(secondGuardianForm, req.body);
  const added = await form.run(async ({ guardianName: name, guardianEmail: email }) => {
    await addSecondGuardian(id, { name, email }, 'staff', actorOf(req, res));
    return true;
  });
  if (!added) return renderErrors(form, 'guardianEmail', req, res);
  const message = t('consents:review.added', { email: form.data?.guardianEmail ?? '' });
  await redirectWithMessage(message, `${LIST_URL}/${id}`, req, res);
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const { guardian, profile } = await eraseForGuardian(await getGuardianId(req), actorOf(req, res));
  const { name } = guardian;
  const message = t('consents:review.erased', { firstName: profile.firstName, name });
  await redirectWithMessage(message, LIST_URL, req, res);
}

async function submitDismissal(req: Request, res: Response): Promise<void> {
  const id = await getGuardianId(req);
  const form = readForm(dismissalForm, req.body);
  const done = await form.run(({ dismissalReason: reason }) =>
    dismissErasureRequest(id, reason, actorOf(req, res)),
  );
  if (!done) return renderErrors(form, 'dismissalReason', req, res);
  await redirectWithMessage(t('consents:review.dismissed', { name: done.name }), LIST_URL, req, res);
}

/** @throws NotFound */
async function getGuardianId(req: Request): Promise<string> {
  return (await getListedGuardian(String(req.params.id))).id;
}

// Operations report address errors for `guardianEmail`, but the page has two forms with an address.
async function renderErrors(form: FormState, field: string, req: Request, res: Response): Promise<void> {
  const { guardianEmail, ...errors } = form.errors;
  res.status(422);
  const pageErrors = guardianEmail === undefined ? errors : { ...errors, [field]: guardianEmail };
  await renderGuardian({ values: form.values, errors: pageErrors }, req, res);
}

async function redirectWithMessage(
  message: string,
  path: string,
  req: Request,
  res: Response,
): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, path);
}
