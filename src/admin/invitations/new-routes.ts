import { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import { staffRoles } from '../../accounts/account.ts';
import { listOpenGroups } from '../../groups/group.ts';
import { lookUpAddress } from '../../invitations/eligibility/address-lookup.ts';
import type { EligibilityReason } from '../../invitations/eligibility/eligibility.ts';
import { describeReason } from '../../invitations/eligibility/explain.ts';
import { NotEligible } from '../../invitations/eligibility/not-eligible.ts';
import { inviteOne } from '../../invitations/invite.ts';
import type { NewInvitation } from '../../invitations/new-invitation.ts';
import { MAX_VALIDITY_DAYS } from '../../invitations/validity.ts';
import { type FormState, readForm } from '../../platform/http/form.ts';
import { isHtmxRequest, singleParam } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { normaliseAddress } from '../../platform/text/address.ts';
import { isId } from '../../platform/text/text.ts';
import { readCachedSettings } from '../../settings/settings.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignInWhen } from '../../sign-in/recent-sign-in.ts';
import { newInvitationForm } from './forms.ts';
import { redirectToInvitation } from './shared-link.ts';

const adminOnly = requireStaff('admin');

/** Inviting one person. */
export const adminNewInvitationRoutes = Router();
adminNewInvitationRoutes.get('/new', adminOnly, showNewInvitation);
adminNewInvitationRoutes.get('/preview', adminOnly, showPreview);
adminNewInvitationRoutes.post('/checks', adminOnly, submitCheck);
adminNewInvitationRoutes.post('/', adminOnly, requireRecentSignInWhen(invitesStaff), submitNewInvitation);

// Inviting someone to the staff needs a recent sign-in.
function invitesStaff(req: Request): boolean {
  return (req.body?.staffRole ?? '') !== '';
}

/** `?email=`, `?staffRole=` and `?groupId=` prefill the form. */
async function showNewInvitation(req: Request, res: Response): Promise<void> {
  const { email, staffRole, groupId } = req.query;
  const values = {
    email: singleParam(email),
    staffRole: singleParam(staffRole),
    groupId: singleParam(groupId),
  };
  await renderNewInvitation(res, { values, errors: {} });
}

/** The preview of the address being typed, loaded by htmx. */
async function showPreview(req: Request, res: Response): Promise<void> {
  const email = singleParam(req.query.email);
  if (!isHtmxRequest(req))
    return res.redirect(303, `/admin/invitations/new?${new URLSearchParams({ email })}`);
  const { groupId, staffRole } = req.query;
  res.render('admin/invitations/preview', {
    lookup: await previewAddress(email, singleParam(groupId), singleParam(staffRole)),
    explain: describeReason,
  });
}

/** The same without JavaScript: shows the page again with everything that was typed, and invites nobody. */
async function submitCheck(req: Request, res: Response): Promise<void> {
  const { values, errors } = await readNewInvitationForm(req);
  if (errors.email) res.status(422);
  await renderNewInvitation(res, { values, errors: errors.email ? { email: errors.email } : {} });
}

async function submitNewInvitation(req: Request, res: Response): Promise<void> {
  const form = await readNewInvitationForm(req);
  try {
    const issued = await form.run((values) => inviteOne(toNewInvitation(values), actorOf(req, res)));
    if (issued)
      return await redirectToInvitation(
        issued,
        t('invitations:new.invited', { email: issued.email }),
        req,
        res,
      );
    res.status(422);
    await renderNewInvitation(res, form);
  } catch (error) {
    if (!(error instanceof NotEligible)) throw error;
    res.status(409);
    await renderNewInvitation(res, form, error.reasons);
  }
}

async function readNewInvitationForm(req: Request) {
  return readForm(newInvitationForm((await readCachedSettings()).invitationDays), req.body);
}

function toNewInvitation(values: z.output<ReturnType<typeof newInvitationForm>>): NewInvitation {
  const { email, message, language, validityDays, staffRole, groupId, groupRole, delivery, notifyInviter } =
    values;
  return {
    email,
    message: message || null,
    language,
    validityDays,
    staffRole: staffRole || null,
    group: groupId === '' ? null : { id: groupId, role: groupRole || 'member' },
    delivery,
    notifyInviter: notifyInviter === 'yes',
    override: values.replace === 'yes' ? [...values.override, 'open'] : values.override,
  };
}

async function renderNewInvitation(
  res: Response,
  { values, errors }: FormState,
  reasons: readonly EligibilityReason[] = [],
): Promise<void> {
  res.render('admin/invitations/new', {
    values,
    errors,
    reasons,
    explain: describeReason,
    lookup: await previewAddress(values.email ?? '', values.groupId ?? '', values.staffRole ?? ''),
    groups: await listOpenGroups(),
    invitationDays: (await readCachedSettings()).invitationDays,
    maxDays: MAX_VALIDITY_DAYS,
  });
}

async function previewAddress(typed: string, groupId: string, staffRole: string) {
  const email = normaliseAddress(typed);
  if (email === null) return null;
  const role = staffRoles.find((known) => known === staffRole) ?? null;
  return lookUpAddress({ email, groupId: isId(groupId) ? groupId : null, staffRole: role });
}
