import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import {
  findCurrentLegalText,
  type LegalTextKind,
  legalTextKinds,
  listLegalTexts,
  publishLegalText,
} from '../../accounts/legal-texts.ts';
import { NotFound } from '../../platform/errors.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { longTextField } from '../../platform/text/fields.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';

const adminOnly = requireStaff('admin');
const legalForm = z.object({ body: longTextField(50_000) });

/** The privacy notice and the terms. */
export const legalTextRoutes = Router();
legalTextRoutes.get('/legal/:kind', adminOnly, showLegalText);
legalTextRoutes.post('/legal/:kind', adminOnly, requireRecentSignIn, submitLegalText);

async function showLegalText(req: Request, res: Response): Promise<void> {
  await renderLegalText(kindOf(req), emptyForm, res);
}

async function renderLegalText(
  kind: LegalTextKind,
  { values, errors }: FormState,
  res: Response,
): Promise<void> {
  const current = await findCurrentLegalText(kind);
  const versions = await listLegalTexts(kind);
  res.render('admin/settings/legal', { kind, current, versions, values, errors });
}

async function submitLegalText(req: Request, res: Response): Promise<void> {
  const kind = kindOf(req);
  const form = readForm(legalForm, req.body);
  const published = await form.run(async ({ body }) => {
    await publishLegalText(kind, body, actorOf(req, res));
    return true;
  });
  if (!published) {
    res.status(422);
    return renderLegalText(kind, form, res);
  }
  flash(req, 'success', t('settings:done.saved'));
  await saveSession(req);
  res.redirect(303, `/admin/settings/legal/${kind}`);
}

function kindOf(req: Request): LegalTextKind {
  const kind = legalTextKinds.find((name) => name === req.params.kind);
  if (!kind) throw new NotFound(t('settings:legal.notFound'));
  return kind;
}
