import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { addressField, requiredName } from '../accounts/fields.ts';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { dismissErasure, eraseForGuardian } from '../consent/erasure.ts';
import {
  allowGuardian,
  correctAddress,
  resendToGuardian,
  turnDownGuardian,
} from '../consent/guardian-help.ts';
import { guardiansForStaff, listedGuardian } from '../consent/guardian-list.ts';
import { addSecondGuardian } from '../consent/second-guardian.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm, text } from '../web/form.ts';
import { saveSession } from '../web/session.ts';

const adminOnly = requireStaff('admin');
const reason = text(500).refine((typed) => typed.length > 0, { error: 'Say why. Staff see it later' });
const addressForm = z.object({ correctedEmail: addressField, reason });
const secondForm = z.object({
  guardianName: requiredName('Type the name of the second guardian'),
  guardianEmail: addressField,
});
const dismissalForm = z.object({ dismissalReason: reason });

/** Guardians: whose address waits for a look, and how staff help one. Support may do all but erase. */
export const adminGuardians = Router();
adminGuardians.get('/', showList);
adminGuardians.get('/:id', showGuardian);
adminGuardians.post('/:id/approval', submitApproval);
adminGuardians.post('/:id/rejection', submitRejection);
adminGuardians.post('/:id/resends', submitResend);
adminGuardians.post('/:id/address', submitAddress);
adminGuardians.post('/:id/second', submitSecond);
adminGuardians.post('/:id/erasure', adminOnly, requireRecentSignIn, submitErasure);
adminGuardians.post('/:id/erasure-dismissal', adminOnly, submitDismissal);

const LIST = '/admin/guardians';

async function showList(_req: Request, res: Response): Promise<void> {
  res.render('admin/guardians/index', { guardians: await guardiansForStaff() });
}

async function showGuardian(req: Request, res: Response): Promise<void> {
  await renderGuardian(emptyForm, req, res);
}

async function renderGuardian({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const guardian = await listedGuardian(String(req.params.id));
  const isAdmin = accountOf(res).staffRole === 'admin';
  res.render('admin/guardians/show', { guardian, isAdmin, values, errors });
}

async function submitApproval(req: Request, res: Response): Promise<void> {
  const { guardian } = await allowGuardian(await idIn(req), actorOf(req, res));
  await goOn(`${guardian.name} is asked now, at ${guardian.email}.`, LIST, req, res);
}

async function submitRejection(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await turnDownGuardian(await idIn(req), actorOf(req, res));
  const told = guardian.isSecond ? '' : ` ${ward.firstName} is told to name somebody else.`;
  await goOn(`Nothing is sent to ${guardian.email}.${told}`, LIST, req, res);
}

async function submitResend(req: Request, res: Response): Promise<void> {
  const id = await idIn(req);
  const { guardian } = await resendToGuardian(id, actorOf(req, res));
  await goOn(`The link is on its way to ${guardian.email}.`, `${LIST}/${id}`, req, res);
}

async function submitAddress(req: Request, res: Response): Promise<void> {
  const id = await idIn(req);
  const form = readForm(addressForm, req.body);
  const done = await form.run(({ correctedEmail, reason: why }) =>
    correctAddress(id, correctedEmail, why, actorOf(req, res)),
  );
  if (!done) return refuse(form, 'correctedEmail', req, res);
  const said = `${done.guardian.name} is asked at ${done.guardian.email} now. The old address is told.`;
  await goOn(said, `${LIST}/${done.guardian.id}`, req, res);
}

async function submitSecond(req: Request, res: Response): Promise<void> {
  const id = await idIn(req);
  const form = readForm(secondForm, req.body);
  const added = await form.run(async ({ guardianName: name, guardianEmail: email }) => {
    await addSecondGuardian(id, { name, email }, 'staff', actorOf(req, res));
    return true;
  });
  if (!added) return refuse(form, 'guardianEmail', req, res);
  await goOn(`We have written to ${form.values.guardianEmail}.`, `${LIST}/${id}`, req, res);
}

async function submitErasure(req: Request, res: Response): Promise<void> {
  const { guardian, ward } = await eraseForGuardian(await idIn(req), actorOf(req, res));
  const said = `The data of ${ward.firstName} is erased, and ${guardian.name} is told.`;
  await goOn(said, LIST, req, res);
}

async function submitDismissal(req: Request, res: Response): Promise<void> {
  const id = await idIn(req);
  const form = readForm(dismissalForm, req.body);
  const done = await form.run(({ dismissalReason: why }) => dismissErasure(id, why, actorOf(req, res)));
  if (!done) return refuse(form, 'dismissalReason', req, res);
  await goOn(`Nothing is erased. Please tell ${done.name} why.`, LIST, req, res);
}

/** @throws NotFound for what is no guardian's id */
async function idIn(req: Request): Promise<string> {
  return (await listedGuardian(String(req.params.id))).id;
}

// The address rules speak of one field; the page has two forms with an address.
async function refuse(form: FormState, field: string, req: Request, res: Response): Promise<void> {
  const { guardianEmail, ...errors } = form.errors;
  res.status(422);
  const shown = guardianEmail === undefined ? errors : { ...errors, [field]: guardianEmail };
  await renderGuardian({ values: form.values, errors: shown }, req, res);
}

async function goOn(message: string, path: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, path);
}
