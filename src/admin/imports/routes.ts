import { type Request, type Response, Router } from 'express';
import { actorOf, requireStaff } from '../../accounts/guard.ts';
import { requireRecentSignIn } from '../../accounts/recent-sign-in.ts';
import { Conflict } from '../../errors.ts';
import { confirmImport, undoImport, whyNotUndoable } from '../../imports/carry-out.ts';
import { deleteImport, importById, kindNames, listImports, stateOf } from '../../imports/import.ts';
import { exportRows } from '../../imports/row.ts';
import { uploadImport } from '../../imports/upload.ts';
import { sendCsv } from '../../web/download.ts';
import { flash } from '../../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../../web/form.ts';
import { saveSession } from '../../web/session.ts';
import { uploadOf } from '../../web/upload.ts';
import { cursorIn, isLive, one, pagesAround } from '../list-query.ts';
import { showColumns } from './columns.ts';
import { confirmationForm, fileForm, undoForm } from './forms.ts';
import { listedInWords, pageOfImport, reportColumns } from './page.ts';
import { stepsAt } from './words.ts';

const adminOnly = requireStaff('admin');

/** Files that staff upload. */
export const adminImports = Router();
adminImports.get('/', adminOnly, showImports);
adminImports.get('/new', adminOnly, showNew);
adminImports.post('/', adminOnly, submitFile);
adminImports.get('/:id', adminOnly, showImport);
adminImports.post('/:id/confirmation', adminOnly, submitConfirmation);
adminImports.post('/:id/exports', adminOnly, submitExport);
adminImports.get('/:id/undo', adminOnly, showUndo);
adminImports.post('/:id/undo', adminOnly, requireRecentSignIn, submitUndo);
adminImports.get('/:id/deletion', adminOnly, showDeletion);
adminImports.post('/:id/deletion', adminOnly, submitDeletion);

async function showImports(req: Request, res: Response): Promise<void> {
  const page = await listImports(cursorIn(req.query));
  res.render('admin/imports/index', { files: page.items.map(listedInWords), urls: pagesAround(req, page) });
}

function showNew(req: Request, res: Response): void {
  renderNew(res, { ...emptyForm, values: { kind: one(req.query.kind) } });
}

function renderNew(res: Response, { values, errors }: FormState): void {
  const kind = kindNames.find((name) => name === values.kind) ?? 'alumni';
  res.render('admin/imports/new', { values, errors, kind, steps: stepsAt(kind, 'uploading') });
}

async function submitFile(req: Request, res: Response): Promise<void> {
  const form = readForm(fileForm, req.body);
  const id = await form.run(({ kind }) => uploadImport(kind, uploadOf(req), actorOf(req, res)));
  if (id !== null) return res.redirect(303, `/admin/imports/${id}`);
  res.status(422);
  renderNew(res, form);
}

async function showImport(req: Request, res: Response): Promise<void> {
  const file = await importById(String(req.params.id));
  if (stateOf(file) === 'mapping') return showColumns(req, res);
  const page = await pageOfImport(file, req);
  res.render(isLive(req) ? 'admin/imports/state' : 'admin/imports/show', { ...emptyForm, ...page });
}

async function submitConfirmation(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(confirmationForm, req.body);
  const confirmed = await form.run(async ({ count, checkedAt }) => {
    await confirmImport(id, { count: Number(count), checkedAt }, actorOf(req, res));
    return true;
  });
  if (confirmed) return res.redirect(303, `/admin/imports/${id}`);
  const { errors } = form;
  res
    .status(422)
    .render('admin/imports/show', { ...(await pageOfImport(await importById(id), req)), errors });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const file = await importById(String(req.params.id));
  if (!file.checkedAt) throw new Conflict('The rows of this file are still being checked.');
  if (file.emptiedAt) throw new Conflict('The rows of this file were deleted.');
  await sendCsv(res, `import-${file.id}`, await exportRows(file.id, reportColumns(file), actorOf(req, res)));
}

async function showUndo(req: Request, res: Response): Promise<void> {
  await renderUndo(req, res, emptyForm);
}

async function submitUndo(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(undoForm, req.body);
  const undone = await form.run(async ({ reason }) => {
    await undoImport(id, reason, actorOf(req, res));
    return true;
  });
  if (undone) return res.redirect(303, `/admin/imports/${id}`);
  res.status(422);
  await renderUndo(req, res, form);
}

async function renderUndo(req: Request, res: Response, { values, errors }: FormState): Promise<void> {
  const file = await importById(String(req.params.id));
  const why = whyNotUndoable(file);
  if (why !== null) throw new Conflict(why);
  res.render('admin/imports/undo', { file, values, errors });
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  const file = await importById(String(req.params.id));
  if (file.confirmedAt) throw new Conflict('This file was imported. It can be undone, but not deleted.');
  res.render('admin/imports/deletion', { file });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  await deleteImport(String(req.params.id), actorOf(req, res));
  flash(req, 'success', 'The file was deleted.');
  await saveSession(req);
  res.redirect(303, '/admin/imports');
}
