import { type Request, type Response, Router } from 'express';
import {
  deleteImport,
  getImport,
  importKindNames,
  importStateOf,
  listImports,
} from '../../imports/import.ts';
import { exportLeftovers } from '../../imports/leftovers.ts';
import { importPastedList } from '../../imports/pasted-list.ts';
import { exportRows } from '../../imports/row.ts';
import { confirmImport, notUndoableReason, undoImport } from '../../imports/run.ts';
import { uploadImport } from '../../imports/upload.ts';
import { Conflict } from '../../platform/errors.ts';
import { sendTable } from '../../platform/http/download.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { isHtmxRequest, pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { takeUpload } from '../../platform/http/upload.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { showColumns } from './column-routes.ts';
import { importSteps } from './describe.ts';
import { confirmationForm, fileForm, pastedListForm, undoForm } from './forms.ts';
import { describeImport, importPage, leftoverColumns, reportColumns } from './page.ts';

const adminOnly = requireStaff('admin');

/** Uploading, importing and undoing files. */
export const adminImportRoutes = Router();
adminImportRoutes.get('/', adminOnly, showImports);
adminImportRoutes.get('/new', adminOnly, showNew);
adminImportRoutes.post('/', adminOnly, submitFile);
adminImportRoutes.post('/pasted-lists', adminOnly, submitPastedList);
adminImportRoutes.get('/:id', adminOnly, showImport);
adminImportRoutes.post('/:id/confirmation', adminOnly, submitConfirmation);
adminImportRoutes.post('/:id/exports', adminOnly, submitExport);
adminImportRoutes.post('/:id/leftover-exports', adminOnly, submitLeftoverExport);
adminImportRoutes.get('/:id/undo', adminOnly, showUndo);
adminImportRoutes.post('/:id/undo', adminOnly, requireRecentSignIn, submitUndo);
adminImportRoutes.get('/:id/deletion', adminOnly, showDeletion);
adminImportRoutes.post('/:id/deletion', adminOnly, submitDeletion);

async function showImports(req: Request, res: Response): Promise<void> {
  const page = await listImports(parseCursor(req.query));
  res.render('admin/imports/index', { files: page.items.map(describeImport), urls: pageLinks(req, page) });
}

function showNew(req: Request, res: Response): void {
  renderNew(res, { ...emptyForm, values: { kind: singleParam(req.query.kind) } });
}

function renderNew(res: Response, { values, errors }: FormState): void {
  const kind = importKindNames.find((name) => name === values.kind) ?? 'alumni';
  res.render('admin/imports/new', { values, errors, kind, steps: importSteps(kind, 'uploading') });
}

async function submitFile(req: Request, res: Response): Promise<void> {
  const form = readForm(fileForm, req.body);
  const id = await form.run(({ kind }) => uploadImport(kind, takeUpload(req), actorOf(req, res)));
  if (id !== null) return res.redirect(303, `/admin/imports/${id}`);
  res.status(422);
  renderNew(res, form);
}

async function submitPastedList(req: Request, res: Response): Promise<void> {
  const form = readForm(pastedListForm, req.body);
  const id = await form.run(({ addresses }) => importPastedList(addresses, actorOf(req, res)));
  if (id !== null) return res.redirect(303, `/admin/imports/${id}`);
  res.status(422);
  renderNew(res, { ...form, values: { ...form.values, kind: 'invitees' } });
}

async function showImport(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  if (importStateOf(file) === 'mapping') return showColumns(req, res);
  const page = await importPage(file, req);
  res.render(isHtmxRequest(req) ? 'admin/imports/state' : 'admin/imports/show', { ...emptyForm, ...page });
}

async function submitConfirmation(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(confirmationForm, req.body);
  const isConfirmed = await form.run(async ({ count, checkedAt }) => {
    await confirmImport(id, { count: Number(count), checkedAt }, actorOf(req, res));
    return true;
  });
  if (isConfirmed) return res.redirect(303, `/admin/imports/${id}`);
  const { errors } = form;
  res.status(422).render('admin/imports/show', { ...(await importPage(await getImport(id), req)), errors });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  if (!file.checkedAt) throw new Conflict(t('imports:errors.stillChecking'));
  if (file.rowsPurgedAt) throw new Conflict(t('imports:errors.rowsDeleted'));
  await sendTable(
    req,
    res,
    `import-${file.id}`,
    await exportRows(file.id, reportColumns(file), actorOf(req, res)),
  );
}

async function submitLeftoverExport(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  const csv = await exportLeftovers(file.id, await leftoverColumns(file), actorOf(req, res));
  await sendTable(req, res, `import-${file.id}-addresses`, csv);
}

async function showUndo(req: Request, res: Response): Promise<void> {
  await renderUndo(req, res, emptyForm);
}

async function submitUndo(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(undoForm, req.body);
  const isStarted = await form.run(async ({ reason }) => {
    await undoImport(id, reason, actorOf(req, res));
    return true;
  });
  if (isStarted) return res.redirect(303, `/admin/imports/${id}`);
  res.status(422);
  await renderUndo(req, res, form);
}

async function renderUndo(req: Request, res: Response, { values, errors }: FormState): Promise<void> {
  const file = await getImport(String(req.params.id));
  const reason = notUndoableReason(file);
  if (reason !== null) throw new Conflict(reason);
  res.render('admin/imports/undo', { file, values, errors });
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  const file = await getImport(String(req.params.id));
  if (file.confirmedAt) throw new Conflict(t('imports:errors.cannotDelete'));
  res.render('admin/imports/deletion', { file });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  await deleteImport(String(req.params.id), actorOf(req, res));
  flash(req, 'success', t('imports:deletion.done'));
  await saveSession(req);
  res.redirect(303, '/admin/imports');
}
