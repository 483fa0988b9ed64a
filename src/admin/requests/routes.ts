import { type Request, type Response, Router } from 'express';
import { changeRequestedAddress } from '../../accounts/address/requested-change.ts';
import { confirmReportedDeceased } from '../../invitations/deceased/reported-deceased.ts';
import { NotEligible } from '../../invitations/eligibility/not-eligible.ts';
import { correctName, inviteAtNewAddress } from '../../invitations/requests/help-resolution.ts';
import { requestKinds } from '../../invitations/requests/invitation-request.ts';
import { listOpenRequests, listResolvedRequests } from '../../invitations/requests/list.ts';
import {
  type ApprovalResult,
  approveRequest,
  dismissRequest,
  dismissRequests,
} from '../../invitations/requests/resolution.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { correctionForm } from '../invitations/forms.ts';
import {
  approvalForm,
  confirmationForm,
  dismissalForm,
  dismissalsForm,
  nameForm,
  newAddressForm,
  reasonForm,
} from './forms.ts';
import { describeForViewer, redirectWithMessage, renderRequest } from './page.ts';

const adminOnly = requireStaff('admin');

/** Requests that the job can't resolve. */
export const adminRequestRoutes = Router();
adminRequestRoutes.get('/', showRequests);
adminRequestRoutes.post('/dismissals', submitDismissals);
adminRequestRoutes.get('/:id', showRequest);
adminRequestRoutes.post('/:id/approval', submitApproval);
adminRequestRoutes.post('/:id/correction', adminOnly, submitCorrection);
adminRequestRoutes.post('/:id/confirmation', adminOnly, submitConfirmation);
adminRequestRoutes.post('/:id/dismissal', submitDismissal);
adminRequestRoutes.post('/:id/invitation', adminOnly, submitInvitation);
adminRequestRoutes.post('/:id/name', adminOnly, submitName);
adminRequestRoutes.post('/:id/address-change', adminOnly, requireRecentSignIn, submitAddressChange);

/** `?show=resolved&kind=name-changed` */
async function showRequests(req: Request, res: Response): Promise<void> {
  await renderRequests(emptyForm, req, res);
}

async function renderRequests({ values, errors }: FormState, req: Request, res: Response): Promise<void> {
  const isOpen = singleParam(req.query.show) !== 'resolved';
  const kind = requestKinds.find((known) => known === singleParam(req.query.kind)) ?? null;
  const cursor = parseCursor(req.query);
  const page = isOpen
    ? await listOpenRequests({ kind }, cursor)
    : await listResolvedRequests({ kind }, cursor);
  const open = isOpen ? await Promise.all(page.items.map((request) => describeForViewer(request, res))) : [];
  const urls = pageLinks(req, page);
  res.render('admin/requests/index', { isOpen, kind, kinds: requestKinds, open, page, urls, values, errors });
}

async function showRequest(req: Request, res: Response): Promise<void> {
  await renderRequest(emptyForm, req, res);
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

/** Many at once, from the list. */
async function submitDismissals(req: Request, res: Response): Promise<void> {
  const form = readForm(dismissalsForm, req.body);
  const dismissed = await form.run(({ requests, reason }) =>
    dismissRequests(Object.keys(requests), reason, actorOf(req, res)),
  );
  if (!dismissed) {
    res.status(422);
    return renderRequests(form, req, res);
  }
  const message = t('invitations:requests.flash.dismissedMany', { count: dismissed.length });
  await redirectWithMessage(message, req, res);
}

async function submitInvitation(req: Request, res: Response): Promise<void> {
  const form = readForm(newAddressForm, req.body);
  const invited = await form
    .run((approval) => inviteAtNewAddress(String(req.params.id), approval, actorOf(req, res)))
    .catch((error: unknown) => {
      // The page shows the new reasons, so that staff can decide again.
      if (!(error instanceof NotEligible)) throw error;
      form.errors = { form: error.message };
      return null;
    });
  if (!invited) {
    res.status(422);
    return renderRequest(form, req, res);
  }
  await redirectWithMessage(t('invitations:requests.flash.invited', { email: invited.to }), req, res);
}

async function submitAddressChange(req: Request, res: Response): Promise<void> {
  const form = readForm(reasonForm, req.body);
  const started = await form.run(({ reason }) =>
    changeRequestedAddress(String(req.params.id), reason, actorOf(req, res)),
  );
  if (!started) {
    res.status(422);
    return renderRequest(form, req, res);
  }
  await redirectWithMessage(t('people:address.done', { email: started.to, name: started.name }), req, res);
}

async function submitName(req: Request, res: Response): Promise<void> {
  const form = readForm(nameForm(), req.body);
  const isCorrected = await form.run(async ({ setsAddress, ...names }) => {
    const correction = { ...names, setsAddress: setsAddress === 'yes' };
    await correctName(String(req.params.id), correction, actorOf(req, res));
    return true;
  });
  if (!isCorrected) {
    res.status(422);
    return renderRequest(form, req, res);
  }
  await redirectWithMessage(t('invitations:requests.flash.nameCorrected'), req, res);
}

function redirectAfterApproval(
  { resolution, to }: ApprovalResult,
  req: Request,
  res: Response,
): Promise<void> {
  return redirectWithMessage(t(`invitations:requests.flash.${resolution}`, { email: to }), req, res);
}
