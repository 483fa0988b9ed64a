import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { actorOf, requireStaff } from '../accounts/guard.ts';
import { batchById, listBatches, type PurposeName, purposeNames, stateOf } from '../batches/batch.ts';
import { receiveFile } from '../batches/receive.ts';
import { exportRows } from '../batches/rows.ts';
import { sendCsv } from '../web/download.ts';
import { flash } from '../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../web/form.ts';
import { saveSession } from '../web/session.ts';
import { uploadOf } from '../web/upload.ts';
import { showColumns } from './batch-columns.ts';
import { pageOfBatch } from './batch-page.ts';
import { badgeOf, stepsAt, wordsFor } from './batch-words.ts';
import { cursorIn, isLive, one, pagesAround } from './list-query.ts';

const adminOnly = requireStaff('admin');

/** Files of many rows: uploaded, looked at, sent. See also `batch-columns.ts` and `batch-sending.ts`. */
export const adminBatches = Router();
adminBatches.get('/', adminOnly, showBatches);
adminBatches.get('/new', adminOnly, showNew);
adminBatches.post('/', adminOnly, submitFile);
adminBatches.get('/:id', adminOnly, showBatch);
adminBatches.post('/:id/exports', adminOnly, submitExport);

const fileForm = z.object({
  purpose: z.enum(purposeNames, { error: 'Nothing is imported like this' }).default('invitations'),
});

async function showBatches(req: Request, res: Response): Promise<void> {
  const purpose = purposeIn(req.query.purpose);
  const page = await listBatches(purpose, cursorIn(req.query));
  const batches = page.items.map((batch) => ({ ...batch, badge: badgeOf(purpose, stateOf(batch)) }));
  res.render('admin/batches/index', { batches, words: wordsFor(purpose), urls: pagesAround(req, page) });
}

function showNew(req: Request, res: Response): void {
  renderNew(res, { ...emptyForm, values: { purpose: purposeIn(req.query.purpose) } });
}

function renderNew(res: Response, { values, errors }: FormState): void {
  const purpose = purposeIn(values.purpose);
  const steps = stepsAt(purpose, 'uploading');
  res.render('admin/batches/new', { values, errors, purpose, steps, words: wordsFor(purpose) });
}

function purposeIn(said: unknown): PurposeName {
  return purposeNames.find((name) => name === one(said)) ?? 'invitations';
}

async function submitFile(req: Request, res: Response): Promise<void> {
  const form = readForm(fileForm, req.body);
  const id = await form.run(({ purpose }) => receiveFile(purpose, uploadOf(req), actorOf(req, res)));
  if (id !== null) return res.redirect(303, `/admin/batches/${id}`);
  res.status(422);
  renderNew(res, form);
}

async function showBatch(req: Request, res: Response): Promise<void> {
  const batch = await batchById(String(req.params.id));
  if (stateOf(batch) === 'mapping') return showColumns(req, res);
  const page = await pageOfBatch(batch, req);
  res.render(isLive(req) ? 'admin/batches/state' : 'admin/batches/show', { ...emptyForm, ...page });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const batch = await batchById(String(req.params.id));
  if (!batch.judgedAt || batch.emptiedAt) {
    flash(req, 'problem', batch.emptiedAt ? 'Its rows are removed.' : 'Its rows are still being checked.');
    await saveSession(req);
    return res.redirect(303, `/admin/batches/${batch.id}`);
  }
  const name = batch.confirmedAt ? 'report' : 'verdicts';
  await sendCsv(res, `batch-${batch.id}-${name}`, await exportRows(batch, actorOf(req, res)));
}
