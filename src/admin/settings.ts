import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireStaff } from '../accounts/guard.ts';
import { requireRecentSignIn } from '../accounts/recent-sign-in.ts';
import { lastMailTaken } from '../mail/pause.ts';
import { changeSettings, lastSaved } from '../office/change-settings.ts';
import { previewOfTemplate } from '../office/preview.ts';
import { samples, titleOfTemplate } from '../office/samples.ts';
import { sendTestMail } from '../office/test-mail.ts';
import { readSettings } from '../settings.ts';
import { flash } from '../web/flash.ts';
import { type FormState, readForm } from '../web/form.ts';
import { sendFramed } from '../web/framed.ts';
import { saveSession } from '../web/session.ts';
import { settingsForm, settingsIn, typedSettings, YOUNGEST_LIMIT } from './settings-form.ts';

const adminOnly = requireStaff('admin');

/** What the office may change, and how its mails look. */
export const adminSettings = Router();
adminSettings.get('/', adminOnly, showSettings);
adminSettings.post('/', adminOnly, requireRecentSignIn, submitSettings);
adminSettings.post('/test-mails', adminOnly, submitTestMail);
adminSettings.get('/mails', adminOnly, showTemplates);
adminSettings.get('/mails/:template', adminOnly, showTemplate);
adminSettings.get('/mails/:template/html', adminOnly, showTemplateHtml);

async function showSettings(_req: Request, res: Response): Promise<void> {
  await renderSettings(res, { values: typedSettings(await readSettings()), errors: {} });
}

async function submitSettings(req: Request, res: Response): Promise<void> {
  const form = readForm(settingsForm, req.body);
  const changed = await form.run((typed) =>
    changeSettings(
      settingsIn(typed),
      { savedAt: typed.savedAt, agesConfirmed: typed.agesConfirmed === 'yes' },
      accountOf(res),
      actorOf(req, res),
    ),
  );
  if (!changed) {
    res.status(422);
    return renderSettings(res, form);
  }
  const done = changed.length === 0 ? 'Nothing was changed.' : 'The settings are saved.';
  await back(req, res, done);
}

async function renderSettings(res: Response, { values, errors }: FormState): Promise<void> {
  const { policyVersion } = await readSettings();
  const [lastTaken, savedAt] = await Promise.all([lastMailTaken(), lastSaved()]);
  const youngest = YOUNGEST_LIMIT;
  res.render('admin/settings/index', { values, errors, policyVersion, lastTaken, savedAt, youngest });
}

async function submitTestMail(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  await sendTestMail(account, actorOf(req, res));
  await back(req, res, `A test mail is on its way to ${account.email}.`);
}

function showTemplates(_req: Request, res: Response): void {
  const mails = Object.entries(samples).map(([name, { title }]) => ({ name, title }));
  res.render('admin/settings/mails', { mails });
}

async function showTemplate(req: Request, res: Response): Promise<void> {
  const name = String(req.params.template);
  const preview = await previewOfTemplate(name);
  res.render('admin/settings/mail', { name, title: titleOfTemplate(name), preview });
}

async function showTemplateHtml(req: Request, res: Response): Promise<void> {
  const { html } = await previewOfTemplate(String(req.params.template));
  sendFramed(res, html);
}

async function back(req: Request, res: Response, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, '/admin/settings');
}
