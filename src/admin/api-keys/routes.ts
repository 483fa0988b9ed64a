import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  type ApiScope,
  apiKeyDays,
  apiScopes,
  createApiKey,
  getApiKey,
  listApiKeys,
  revokeApiKey,
} from '../../accounts/api-key.ts';
import { redirectWithFlash } from '../../platform/http/flash.ts';
import { type FormState, readForm } from '../../platform/http/form.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';

const adminOnly = requireStaff('admin');

/** A scope's name as part of a form field's name, where colons aren't possible. */
const scopeFieldName = (scope: ApiScope) => scope.replace(':', '-');

const apiKeyForm = z.object({
  name: textField(100).refine((name) => name !== '', { error: () => t('api:keys.errors.nameMissing') }),
  scopes: z
    .record(z.string(), z.unknown(), { error: () => t('api:keys.errors.scopesMissing') })
    .default({})
    .transform((ticked) => apiScopes.filter((scope) => ticked[scopeFieldName(scope)] === 'yes'))
    .refine((chosen) => chosen.length > 0, { error: () => t('api:keys.errors.scopesMissing') }),
  days: z.enum(apiKeyDays.map(String), { error: () => t('api:keys.errors.daysMissing') }).transform(Number),
});

/** The keys with which other programs use the JSON API. */
export const adminApiKeyRoutes = Router();
adminApiKeyRoutes.get('/', adminOnly, showApiKeys);
adminApiKeyRoutes.get('/new', adminOnly, showNewApiKey);
adminApiKeyRoutes.post('/', adminOnly, requireRecentSignIn, submitNewApiKey);
adminApiKeyRoutes.get('/:id/revocation', adminOnly, showRevocation);
adminApiKeyRoutes.post('/:id/revocation', adminOnly, submitRevocation);

async function showApiKeys(_req: Request, res: Response): Promise<void> {
  res.render('admin/api-keys/index', { apiKeys: await listApiKeys() });
}

function showNewApiKey(_req: Request, res: Response): void {
  renderNewApiKey(res, { values: { days: '90' }, errors: {} });
}

/** The key is only in this response. A redirect would need it to be stored. */
async function submitNewApiKey(req: Request, res: Response): Promise<void> {
  const form = readForm(apiKeyForm, req.body);
  const key = await form.run((input) => createApiKey(accountOf(res).id, input, actorOf(req, res)));
  if (key !== null) return res.render('admin/api-keys/created', { key, name: form.data?.name });
  res.status(422);
  renderNewApiKey(res, form);
}

function renderNewApiKey(res: Response, { values, errors }: FormState): void {
  const choices = apiScopes.map((scope) => ({ scope, name: `scopes[${scopeFieldName(scope)}]` }));
  const periods = apiKeyDays.map((days) => ({ value: days, label: t('api:keys.new.days', { count: days }) }));
  res.render('admin/api-keys/new', { values, errors, choices, periods });
}

async function showRevocation(req: Request, res: Response): Promise<void> {
  res.render('admin/api-keys/revocation', { apiKey: await getApiKey(String(req.params.id)) });
}

async function submitRevocation(req: Request, res: Response): Promise<void> {
  await revokeApiKey(String(req.params.id), actorOf(req, res));
  await redirectWithFlash(t('api:keys.revocation.revoked'), '/admin/api-keys', req, res);
}
