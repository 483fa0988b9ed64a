import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { displayName, recordsForAddress } from '../alumni/record.ts';
import { type Approved, approve, dismiss } from '../invitations/request-answer.ts';
import {
  answeredRequests,
  type ListedRequest,
  openRequests,
  requestById,
} from '../invitations/request-queue.ts';
import { whoAsks } from '../register/asker.ts';
import { confirmDeath } from '../register/reported-death.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm, text } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { correctionForm, overrideField } from './forms.ts';
import { cursorIn, one, pagesAround } from './list-query.ts';
import { type RequestInWords, requestInWords } from './request-words.ts';

const adminOnly = requireStaff('admin');
const approvalForm = z.object({ override: overrideField });
const dismissalForm = z.object({
  reason: text(500).refine((typed) => typed.length > 0, { error: 'Say why. Staff see it later' }),
});

/** People who asked for a new link and were not answered by Homecoming itself. */
export const adminRequests = Router();
adminRequests.get('/', showRequests);
adminRequests.get('/:id', showRequest);
adminRequests.post('/:id/approval', submitApproval);
adminRequests.post('/:id/correction', adminOnly, submitCorrection);
adminRequests.post('/:id/confirmation', adminOnly, submitConfirmation);
adminRequests.post('/:id/dismissal', submitDismissal);

const LIST = '/admin/requests';

/** `?show=answered` */
async function showRequests(req: Request, res: Response): Promise<void> {
  const isOpen = one(req.query.show) !== 'answered';
  const cursor = cursorIn(req.query);
  const page = isOpen ? await openRequests(cursor) : await answeredRequests(cursor);
  const open = isOpen ? await Promise.all(page.items.map((request) => inWords(request, res))) : [];
  res.render('admin/requests/index', { isOpen, open, page, urls: pagesAround(req, page) });
}

async function showRequest(req: Request, res: Response): Promise<void> {
  await renderRequest(emptyForm, req, res);
}

async function renderRequest({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const asked = await inWords(await requestById(String(req.params.id)), res);
  const isOpenReport = asked.request.kind === 'deceased' && asked.request.answeredAt === null;
  const records = isOpenReport ? await recordsForAddress(asked.request.email) : [];
  res.render('admin/requests/show', { asked, records, displayName, values, errors });
}

async function inWords(request: ListedRequest, res: Response): Promise<RequestInWords> {
  return requestInWords(request, await whoAsks(request.email), accountOf(res).staffRole === 'admin');
}

async function submitApproval(req: Request, res: Response): Promise<void> {
  const { override } = approvalForm.parse(req.body ?? {});
  await goOn(await approve(String(req.params.id), { override }, actorOf(req, res)), req, res);
}

async function submitCorrection(req: Request, res: Response): Promise<void> {
  const form = readForm(correctionForm, req.body);
  const approved = await form.run(({ email }) =>
    approve(String(req.params.id), { corrected: email }, actorOf(req, res)),
  );
  if (approved) return goOn(approved, req, res);
  res.status(422);
  await renderRequest(form, req, res);
}

const confirmationForm = z.object({ records: z.record(z.string(), z.string()).default({}) });

async function submitConfirmation(req: Request, res: Response): Promise<void> {
  const form = readForm(confirmationForm, req.body);
  const recordIds = Object.keys(form.data?.records ?? {});
  const { email, isShared } = await confirmDeath(String(req.params.id), recordIds, actorOf(req, res));
  const sequel = isShared
    ? `Mail to ${email} still goes out, because someone else on file has this address.`
    : `Nothing more is sent to ${email}.`;
  await back(`Thank you. ${sequel}`, req, res);
}

async function submitDismissal(req: Request, res: Response): Promise<void> {
  const form = readForm(dismissalForm, req.body);
  const done = await form.run(({ reason }) => dismiss(String(req.params.id), reason, actorOf(req, res)));
  if (!done) {
    res.status(422);
    return renderRequest(form, req, res);
  }
  await back(`The request of ${done.email} is dismissed. Nothing was sent.`, req, res);
}

const told: Readonly<Record<Approved['answer'], string>> = {
  reset: 'A link to choose a new password is on its way to',
  resent: 'The invitation is on its way again, to',
  invited: 'An invitation is on its way to',
};

function goOn({ answer, to }: Approved, req: Request, res: Response): Promise<void> {
  return back(`${told[answer]} ${to}.`, req, res);
}

async function back(done: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, LIST);
}
