import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  listClosingDomains,
  removeClosingDomain,
  saveClosingDomain,
  toDate,
} from '../../accounts/address/closing-domains.ts';
import { parseDay } from '../../platform/db/paging.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';

const adminOnly = requireStaff('admin');
const PATH = '/admin/settings/closing-mailboxes';

/** Mail domains whose members are asked for another address. */
export const closingMailboxesRoutes = Router();
closingMailboxesRoutes.get('/closing-mailboxes', adminOnly, showDomains);
closingMailboxesRoutes.post('/closing-mailboxes', adminOnly, submitDomain);
closingMailboxesRoutes.post('/closing-mailboxes/removal', adminOnly, submitRemoval);

const domainField = textField(250)
  .transform((typed) => typed.toLowerCase().replace(/^.*@/, ''))
  .refine((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain), {
    error: () => t('settings:closing.errors.domain'),
  });
const domainForm = z.object({
  domain: domainField,
  closesOn: textField(10).refine(isFutureDay, { error: () => t('settings:closing.errors.closesOn') }),
});

function isFutureDay(day: string): boolean {
  return parseDay(day) !== null && toDate(day) > new Date();
}

async function showDomains(_req: Request, res: Response): Promise<void> {
  await renderDomains(emptyForm, res);
}

async function renderDomains({ values, errors }: FormState, res: Response): Promise<void> {
  const domains = await listClosingDomains();
  res.render('admin/settings/closing-mailboxes', {
    values,
    errors,
    domains: domains.map((listed) => ({ ...listed, closesOn: toDate(listed.closesOn) })),
  });
}

async function submitDomain(req: Request, res: Response): Promise<void> {
  const form = readForm(domainForm, req.body);
  const domain = await form.run(async ({ domain, closesOn }) => {
    await saveClosingDomain(domain, closesOn, actorOf(req, res));
    return domain;
  });
  if (!domain) {
    res.status(422);
    return renderDomains(form, res);
  }
  await redirectWithMessage(t('settings:closing.saved', { domain }), req, res);
}

async function submitRemoval(req: Request, res: Response): Promise<void> {
  const domain = String(req.body?.domain ?? '');
  await removeClosingDomain(domain, actorOf(req, res));
  await redirectWithMessage(t('settings:closing.removed', { domain }), req, res);
}

async function redirectWithMessage(message: string, req: Request, res: Response): Promise<void> {
  flash(req, 'success', message);
  await saveSession(req);
  res.redirect(303, PATH);
}
