import type { Request, Response } from 'express';
import { displayName, listRecordsForAddress } from '../../alumni/record.ts';
import { getInvitationRequest, type ListedRequest } from '../../invitations/requests/list.ts';
import { identifyRequester } from '../../invitations/requests/requester.ts';
import { flash } from '../../platform/http/flash.ts';
import type { FormState } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { accountOf } from '../../sign-in/guard.ts';
import { describeHelp } from './describe-help.ts';
import { describeRequest, type RequestDescription } from './describe-request.ts';

/** Shows one request, with the values and errors of the form that was sent. */
export async function renderRequest(
  { values, errors }: FormState,
  req: Request,
  res: Response,
): Promise<void> {
  const request = await getInvitationRequest(String(req.params.id));
  const isOpenDeathReport = request.kind === 'deceased' && request.resolvedAt === null;
  res.render('admin/requests/show', {
    description: await describeForViewer(request, res),
    help: await describeHelp(request, isAdmin(res)),
    records: isOpenDeathReport ? await listRecordsForAddress(request.email) : [],
    displayName,
    values,
    errors,
  });
}

export async function describeForViewer(request: ListedRequest, res: Response): Promise<RequestDescription> {
  return describeRequest(request, await identifyRequester(request.email), isAdmin(res));
}

export async function redirectWithMessage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, '/admin/requests');
}

function isAdmin(res: Response): boolean {
  return accountOf(res).staffRole === 'admin';
}
