import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  type BulkAction,
  type BulkActionType,
  getBulkAction,
} from '../../invitations/bulk-actions/bulk-action.ts';
import { startBulkAction } from '../../invitations/bulk-actions/run.ts';
import { countSelection, type Selection } from '../../invitations/bulk-actions/selection.ts';
import {
  countSkipReasons,
  describeSkipReason,
  exportSkippedTargets,
  listSkippedAfter,
} from '../../invitations/bulk-actions/skipped.ts';
import { exportInvitations } from '../../invitations/export.ts';
import { MIN_MINUTES_BETWEEN_RESENDS } from '../../invitations/operation.ts';
import { MAX_VALIDITY_DAYS } from '../../invitations/validity.ts';
import { sendTable } from '../../platform/http/download.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type Form, type FormState, readForm } from '../../platform/http/form.ts';
import { isHtmxRequest } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { daysField } from '../fields.ts';
import { describeInvitationFilters, getListChoices, invitationListUrl } from '../invitations/list-routes.ts';
import { invitationFilterFields, parseInvitationFilter, parseSelection } from '../invitations/query.ts';

const adminOnly = requireStaff('admin');

/** Bulk actions: a confirmation page with the exact number, then one button. */
export const adminBulkActionRoutes = Router();
adminBulkActionRoutes.get('/resends', showConfirmation('resend'));
adminBulkActionRoutes.post('/resends', submitBulkAction('resend'));
adminBulkActionRoutes.get('/extensions', adminOnly, showConfirmation('extend'));
adminBulkActionRoutes.post('/extensions', adminOnly, submitBulkAction('extend'));
adminBulkActionRoutes.get('/revocations', adminOnly, showConfirmation('revoke'));
adminBulkActionRoutes.post('/revocations', adminOnly, requireRecentSignIn, submitBulkAction('revoke'));
adminBulkActionRoutes.get('/:id', showBulkAction);
adminBulkActionRoutes.get('/:id/skipped', adminOnly, downloadSkipped);

export const adminInvitationExportRoutes = Router();
adminInvitationExportRoutes.get('/exports', adminOnly, showConfirmation('export'));
adminInvitationExportRoutes.post('/exports', adminOnly, submitExport);

type SelectionAction = BulkActionType | 'export';

const actionPaths: Readonly<Record<SelectionAction, string>> = {
  resend: '/admin/bulk-actions/resends',
  extend: '/admin/bulk-actions/extensions',
  revoke: '/admin/bulk-actions/revocations',
  export: '/admin/invitations/exports',
};

const MAX_SKIPPED_SHOWN = 100;

type BulkActionInput = Readonly<{ reason?: string; days?: number }>;

const formReaders: Readonly<Record<BulkActionType, (body: unknown) => Form<BulkActionInput>>> = {
  resend: (body) => readForm(z.object({}), body),
  extend: (body) => readForm(z.object({ days: daysField() }), body),
  revoke: (body) => readForm(z.object({ reason: textField(500) }), body),
};

function showConfirmation(type: SelectionAction) {
  return async (req: Request, res: Response): Promise<void> => {
    const selection = parseSelection(req.query);
    if (selection === null) return redirectNothingSelected(req, res, req.query);
    await renderConfirmation(type, selection, emptyForm, res);
  };
}

function submitBulkAction(type: BulkActionType) {
  return async (req: Request, res: Response): Promise<void> => {
    const selection = parseSelection(req.body);
    if (selection === null) return redirectNothingSelected(req, res, req.body);
    const form = formReaders[type](req.body);
    const bulkAction = await form.run(({ reason, days }) =>
      startBulkAction({ type, selection, reason: reason || null, days: days ?? null }, actorOf(req, res)),
    );
    if (!bulkAction) {
      res.status(422);
      return renderConfirmation(type, selection, { values: form.values, errors: form.errors }, res);
    }
    if (bulkAction.finishedAt)
      flash(req, bulkAction.done > 0 ? 'success' : 'notice', describeResult(bulkAction));
    await saveSession(req);
    const isComplete = bulkAction.finishedAt !== null && bulkAction.skipped === 0;
    res.redirect(
      303,
      isComplete
        ? invitationListUrl(invitationFilterFields(parseInvitationFilter(req.body)))
        : `/admin/bulk-actions/${bulkAction.id}`,
    );
  };
}

async function renderConfirmation(
  type: SelectionAction,
  selection: Selection,
  form: FormState,
  res: Response,
): Promise<void> {
  const filter = 'filter' in selection ? selection.filter : null;
  res.render('admin/bulk-actions/new', {
    values: form.values,
    errors: form.errors,
    type,
    formUrl: actionPaths[type],
    count: await countSelection(selection),
    minMinutesBetween: MIN_MINUTES_BETWEEN_RESENDS,
    maxDays: MAX_VALIDITY_DAYS,
    ids: 'ids' in selection ? selection.ids.join(',') : null,
    fields: filter ? invitationFilterFields(filter) : {},
    active: filter ? describeInvitationFilters(filter, await getListChoices()) : [],
    listUrl: filter ? invitationListUrl(invitationFilterFields(filter)) : '/admin/invitations',
  });
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const selection = parseSelection(req.body);
  if (selection === null) return redirectNothingSelected(req, res, req.body);
  await sendTable(req, res, 'invitations', await exportInvitations(selection, actorOf(req, res)));
}

async function redirectNothingSelected(
  req: Request,
  res: Response,
  filterFields: Record<string, unknown>,
): Promise<void> {
  flash(req, 'problem', t('invitations:list.nothingSelected'));
  await saveSession(req);
  res.redirect(303, invitationListUrl(invitationFilterFields(parseInvitationFilter(filterFields ?? {}))));
}

async function showBulkAction(req: Request, res: Response): Promise<void> {
  const bulkAction = await getBulkAction(String(req.params.id));
  const counts = await countSkipReasons(bulkAction.id);
  res.render(isHtmxRequest(req) ? 'admin/bulk-actions/progress' : 'admin/bulk-actions/show', {
    bulkAction,
    result: describeResult(bulkAction),
    skipReasons: counts.map(({ skipReason, count }) =>
      t('invitations:bulk.reasonCount', { reason: describeSkipReason(skipReason), count }),
    ),
    skipped: (await listSkippedAfter(bulkAction.id, '0', MAX_SKIPPED_SHOWN)).map((target) => ({
      ...target,
      reason: describeSkipReason(target.skipReason),
    })),
    active: bulkAction.filter ? describeInvitationFilters(bulkAction.filter, await getListChoices()) : [],
  });
}

async function downloadSkipped(req: Request, res: Response): Promise<void> {
  const { id } = await getBulkAction(String(req.params.id));
  await sendTable(req, res, `skipped-${id}`, exportSkippedTargets(id));
}

const resultKeys = {
  resend: 'invitations:bulk.resent',
  extend: 'invitations:bulk.extended',
  revoke: 'invitations:bulk.revoked',
} as const;

function describeResult({ type, done, skipped }: BulkAction): string {
  const doneText = t(resultKeys[type], { count: done });
  return skipped === 0 ? doneText : `${doneText} ${t('invitations:bulk.skipped', { count: skipped })}`;
}
