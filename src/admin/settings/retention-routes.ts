import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { flash } from '../../platform/http/flash.ts';
import { type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { textField } from '../../platform/text/fields.ts';
import { changeSettings, getSettingsSavedAt } from '../../settings/changes/change-settings.ts';
import { type RetentionSetting, retention, retentionSettings } from '../../settings/retention.ts';
import { readSettings } from '../../settings/settings.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { integerField } from './form.ts';

const adminOnly = requireStaff('admin');
const PATH = '/admin/settings/retention';

/** How long data is kept. */
export const retentionRoutes = Router();
retentionRoutes.get('/retention', adminOnly, showRetention);
retentionRoutes.post('/retention', adminOnly, requireRecentSignIn, submitRetention);

const fields = Object.fromEntries(
  retentionSettings.map((name) => [name, integerField(retention[name].min, retention[name].max)]),
) as Record<RetentionSetting, ReturnType<typeof integerField>>;
const retentionForm = z.object({ ...fields, savedAt: textField(40) });

async function showRetention(_req: Request, res: Response): Promise<void> {
  const settings = await readSettings();
  const values = Object.fromEntries(retentionSettings.map((name) => [name, String(settings[name])]));
  await renderRetention({ values, errors: {} }, res);
}

async function renderRetention({ values, errors }: FormState, res: Response): Promise<void> {
  const savedAt = await getSettingsSavedAt();
  res.render('admin/settings/retention', { values, errors, retention, savedAt });
}

async function submitRetention(req: Request, res: Response): Promise<void> {
  const form = readForm(retentionForm, req.body);
  const changed = await form.run(({ savedAt, ...days }) =>
    changeSettings(days, { savedAt, agesConfirmed: false }, accountOf(res), actorOf(req, res)),
  );
  if (!changed) {
    res.status(422);
    return renderRetention(form, res);
  }
  const done = changed.length === 0 ? t('settings:done.unchanged') : t('settings:done.saved');
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, PATH);
}
