import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { displayName, listRecordsForAddress } from '../../alumni/record.ts';
import { confirmReportedDeceased } from '../../invitations/deceased/reported-deceased.ts';
import {
  getInvitationRequest,
  type ListedRequest,
  listOpenRequests,
  listResolvedRequests,
} from '../../invitations/requests/list.ts';
import { identifyRequester } from '../../invitations/requests/requester.ts';
import {
  type ApprovalResult,
  approveRequest,
  dismissRequest,
} from '../../invitations/requests/resolution.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { overrideField, reasonField } from '../fields.ts';
import { correctionForm } from '../invitations/forms.ts';
import { describeRequest, type RequestDescription } from './describe-request.ts';

const adminOnly = requireStaff('admin');
const approvalForm = z.object({ override: overrideField });
const dismissalForm = z.object({ reason: reasonField });

/** Requests that the job could not resolve. */
export const adminRequestRoutes = Router();
adminRequestRoutes.get('/', showRequests);
adminRequestRoutes.get('/:id', showRequest);
adminRequestRoutes.post('/:id/approval', submitApproval);
adminRequestRoutes.post('/:id/correction', adminOnly, submitCorrection);
adminRequestRoutes.post('/:id/confirmation', adminOnly, submitConfirmation);
adminRequestRoutes.post('/:id/dismissal', submitDismissal);

const LIST_URL = '/admin/requests';

/** `?show=resolved` */
async function showRequests(req: Request, res: Response): Promise<void> {
  const isOpen = singleParam(req.query.show) !== 'resolved';
  const cursor = parseCursor(req.query);
  const page = isOpen ? await listOpenRequests(cursor) : await listResolvedRequests(cursor);
  const open = isOpen ? await Promise.all(page.items.map((request) => describeForViewer(request, res))) : [];
  res.render('admin/requests/index', { isOpen, open, page, urls: pageLinks(req, page) });
}

async function showRequest(req: Request, res: Response): Promise<void> {
  await renderRequest(emptyForm, req, res);
}

async function renderRequest({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const description = await describeForViewer(await getInvitationRequest(String(req.params.id)), res);
  const isOpenDeathReport =
    description.request.kind === 'deceased' && description.request.resolvedAt === null;
  const records = isOpenDeathReport ? await listRecordsForAddress(description.request.email) : [];
  res.render('admin/requests/show', { description, records, displayName, values, errors });
}

async function describeForViewer(request: ListedRequest, res: Response): Promise<RequestDescription> {
  return describeRequest(
    request,
    await identifyRequester(request.email),
    accountOf(res).staffRole === 'admin',
  );
}

async function submitApproval(req: Request, res: Response): Promise<void> {
  const { override } = approvalForm.parse(req.body ?? {});
  await redirectAfterApproval(
    await approveRequest(String(req.params.id), { override }, actorOf(req, res)),
    req,
    res,
  );
}

async function submitCorrection(req: Request, res: Response): Promise<void> {
  const form = readForm(correctionForm, req.body);
  const approved = await form.run(({ email }) =>
    approveRequest(String(req.params.id), { correctedEmail: email }, actorOf(req, res)),
  );
  if (approved) return redirectAfterApproval(approved, req, res);
  res.status(422);
  await renderRequest(form, req, res);
}

const confirmationForm = z.object({ records: z.record(z.string(), z.string()).default({}) });

async function submitConfirmation(req: Request, res: Response): Promise<void> {
  const form = readForm(confirmationForm, req.body);
  const recordIds = Object.keys(form.data?.records ?? {});
  const { email, isShared } = await confirmReportedDeceased(
    String(req.params.id),
    recordIds,
    actorOf(req, res),
  );
  const message = isShared
    ? t('invitations:requests.flash.confirmedShared', { email })
    : t('invitations:requests.flash.confirmed', { email });
  await redirectWithMessage(message, req, res);
}

async function submitDismissal(req: Request, res: Response): Promise<void> {
  const form = readForm(dismissalForm, req.body);
  const dismissed = await form.run(({ reason }) =>
    dismissRequest(String(req.params.id), reason, actorOf(req, res)),
  );
  if (!dismissed) {
    res.status(422);
    return renderRequest(form, req, res);
  }
  await redirectWithMessage(t('invitations:requests.flash.dismissed', { email: dismissed.email }), req, res);
}

function redirectAfterApproval(
  { resolution, to }: ApprovalResult,
  req: Request,
  res: Response,
): Promise<void> {
  return redirectWithMessage(t(`invitations:requests.flash.${resolution}`, { email: to }), req, res);
}

async function redirectWithMessage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, LIST_URL);
}
