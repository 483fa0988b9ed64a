import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { roleField } from '../../groups/fields.ts';
import {
  listGroupInvitationRequests,
  requestGroupInvitation,
} from '../../invitations/requests/group-invitation-request.ts';
import { assignableRoles, groupContext, requireManager, requireMember } from '../../pages/groups/guard.ts';
import { consumeAttempt } from '../../platform/db/rate-limit.ts';
import { redirectWithFlash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { addressField } from '../../platform/text/fields.ts';
import { accountOf, actorOf } from '../../sign-in/guard.ts';

const groupInvitationForm = z.object({
  email: addressField,
  role: roleField.default('member'),
});

/** Requesting invitations by address, for owners and admins of a group. */
export const groupInvitationRoutes = Router();
groupInvitationRoutes.get('/:id/invitations/new', requireMember, requireManager, showNewInvitation);
groupInvitationRoutes.post('/:id/invitations', requireMember, requireManager, submitNewInvitation);

async function showNewInvitation(_req: Request, res: Response): Promise<void> {
  await renderNewInvitation(emptyForm, res);
}

async function renderNewInvitation({ values, errors }: FormState, res: Response): Promise<void> {
  const { group } = groupContext(res);
  const requests = await listGroupInvitationRequests(group.id);
  res.render('members/groups/invitations', {
    values,
    errors,
    group,
    requests,
    roles: assignableRoles(res),
  });
}

async function submitNewInvitation(req: Request, res: Response): Promise<void> {
  const { group } = groupContext(res);
  const form = readForm(groupInvitationForm, req.body);
  const requestedEmail = await form.run(async ({ email, role }) => {
    await consumeAttempt('groupInvitationRequests', accountOf(res).id);
    await requestGroupInvitation(group.id, email, role, actorOf(req, res));
    return email;
  });
  if (requestedEmail === null) {
    res.status(422);
    return renderNewInvitation(form, res);
  }
  const message = t('groups:invite.requested', { email: requestedEmail });
  await redirectWithFlash(message, `/${group.id}/invitations/new`, req, res);
}
