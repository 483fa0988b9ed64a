import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { type Batch, batchById, stateOf } from '../batches/batch.ts';
import { sendBatch } from '../batches/carry-out.ts';
import { chooseInvitations } from '../batches/invitation-choices.ts';
import { invitationChoicesOf } from '../batches/invitation-words.ts';
import { isRecallable, recallBatch } from '../batches/recall.ts';
import { answersTo } from '../batches/summary.ts';
import { Conflict, NotFound } from '../errors.ts';
import { roleField } from '../groups/fields.ts';
import { openGroups } from '../groups/group.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, longText, readForm, text } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { pageOfBatch, verdictsIn } from './batch-page.ts';
import { stepsAt } from './batch-words.ts';
import { daysField } from './forms.ts';

const adminOnly = requireStaff('admin');

export const batchSending = Router();
batchSending.get('/:id/choices', adminOnly, showChoices);
batchSending.post('/:id/choices', adminOnly, submitChoices);
batchSending.post('/:id/sending', adminOnly, submitSending);
batchSending.get('/:id/recall', adminOnly, showRecall);
batchSending.post('/:id/recall', adminOnly, requireRecentSignIn, submitRecall);

const choicesForm = z.object({
  include: z.record(z.string(), z.string()).default({}),
  validityDays: daysField(),
  message: longText(2_000),
  groupId: text(18).transform((typed) => typed || null),
  groupRole: roleField.default('member'),
});

const sendingForm = z.object({ count: text(9) });
const recallForm = z.object({ reason: text(500) });

async function showChoices(req: Request, res: Response): Promise<void> {
  const batch = await unsent(req);
  const { included, validityDays, message, groupId, groupRole } = invitationChoicesOf(batch);
  const values = {
    validityDays: String(validityDays),
    message,
    groupId: groupId ?? '',
    groupRole,
    ...Object.fromEntries(included.map((verdict) => [`include[${verdict}]`, 'yes'])),
  };
  await renderChoices(res, batch, { values, errors: {} });
}

async function submitChoices(req: Request, res: Response): Promise<void> {
  const batch = await unsent(req);
  const form = readForm(choicesForm, req.body);
  const chosen = await form.run(async ({ include, ...choices }) => {
    await chooseInvitations(batch.id, { ...choices, included: Object.keys(include) });
    return batch;
  });
  if (chosen) return res.redirect(303, `/admin/batches/${batch.id}`);
  res.status(422);
  await renderChoices(res, batch, form);
}

async function renderChoices(res: Response, batch: Batch, { values, errors }: FormState): Promise<void> {
  const verdicts = verdictsIn(batch).filter(({ usual }) => usual !== 'never');
  const groups = await openGroups();
  res.render('admin/batches/choices', {
    batch,
    values,
    errors,
    verdicts,
    groups,
    steps: stepsAt(batch.purpose, 'preview'),
  });
}

async function submitSending(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const batch = await batchById(id);
  const form = readForm(sendingForm, req.body);
  const sent = await form.run(async ({ count }) => {
    await sendBatch(id, Number(count), actorOf(req, res));
    return batch;
  });
  if (sent) return res.redirect(303, `/admin/batches/${id}`);
  const { errors } = form;
  res.status(422).render('admin/batches/show', { ...(await pageOfBatch(batch, req)), values: {}, errors });
}

async function showRecall(req: Request, res: Response): Promise<void> {
  await renderRecall(req, res, emptyForm);
}

async function submitRecall(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(recallForm, req.body);
  const recalled = await form.run(async ({ reason }) => {
    await recallBatch(id, reason || null, actorOf(req, res));
    return true;
  });
  if (!recalled) {
    res.status(422);
    return renderRecall(req, res, form);
  }
  flash(req, 'success', 'The batch is being recalled. Links that nobody has used stop working.');
  await saveSession(req);
  res.redirect(303, `/admin/batches/${id}`);
}

async function renderRecall(req: Request, res: Response, { values, errors }: FormState): Promise<void> {
  const batch = await batchById(String(req.params.id));
  if (batch.recalledAt) throw new Conflict('This batch is recalled already.');
  if (!isRecallable(batch))
    throw new Conflict('Nothing of this batch was sent, so nothing can be taken back.');
  const isSending = stateOf(batch) === 'sending';
  const answers = await answersTo(batch);
  res.render('admin/batches/recall', { batch, values, errors, answers, isSending });
}

async function unsent(req: Request): Promise<Batch> {
  const batch = await batchById(String(req.params.id));
  if (batch.purpose !== 'invitations') throw new NotFound('There is nothing to choose for this file.');
  if (batch.confirmedAt) throw new Conflict('This batch is sent already.');
  if (!batch.judgedAt) throw new Conflict('The rows of this batch are not checked yet.');
  return batch;
}
