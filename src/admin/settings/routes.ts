import { type Request, type Response, Router } from 'express';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { sendSandboxedHtml } from '../../platform/http/sandboxed-html.ts';
import { saveSession } from '../../platform/http/session.ts';
import { takeUpload } from '../../platform/http/upload.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { findLastSentAt } from '../../platform/mail/pause.ts';
import {
  MAX_LOGO_KILOBYTES,
  MAX_LOGO_PIXELS,
  removeLogo,
  setLogo,
} from '../../settings/changes/change-logo.ts';
import { changeSettings, getSettingsSavedAt } from '../../settings/changes/change-settings.ts';
import { previewTemplate } from '../../settings/mails/preview.ts';
import { mailSamples, templateTitle } from '../../settings/mails/samples.ts';
import { sendTestMail } from '../../settings/mails/test-mail.ts';
import { readSettings } from '../../settings/settings.ts';
import { listTimeZones } from '../../settings/time-zones.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import {
  invitationMailForm,
  invitationMailFormValues,
  logoForm,
  MIN_AGE_LIMIT,
  settingsForm,
  settingsFormValues,
  toInvitationMailSettings,
  toSettings,
} from './form.ts';

const adminOnly = requireStaff('admin');

export const adminSettingsRoutes = Router();
adminSettingsRoutes.get('/', adminOnly, showSettings);
adminSettingsRoutes.post('/', adminOnly, requireRecentSignIn, submitSettings);
adminSettingsRoutes.post('/test-mails', adminOnly, submitTestMail);
adminSettingsRoutes.get('/logo', adminOnly, requireRecentSignIn, showLogo);
adminSettingsRoutes.post('/logo', adminOnly, submitLogo);
adminSettingsRoutes.post('/logo/removal', adminOnly, requireRecentSignIn, submitLogoRemoval);
adminSettingsRoutes.get('/mails', adminOnly, showTemplates);
adminSettingsRoutes.get('/mails/invitation', adminOnly, showInvitationMail);
adminSettingsRoutes.post('/mails/invitation', adminOnly, requireRecentSignIn, submitInvitationMail);
adminSettingsRoutes.get('/mails/:template', adminOnly, showTemplate);
adminSettingsRoutes.get('/mails/:template/html', adminOnly, showTemplateHtml);

async function showSettings(_req: Request, res: Response): Promise<void> {
  await renderSettings(res, { values: settingsFormValues(await readSettings()), errors: {} });
}

async function submitSettings(req: Request, res: Response): Promise<void> {
  const form = readForm(settingsForm, req.body);
  const changed = await form.run((typed) =>
    changeSettings(
      toSettings(typed),
      { savedAt: typed.savedAt, agesConfirmed: typed.agesConfirmed === 'yes' },
      accountOf(res),
      actorOf(req, res),
    ),
  );
  if (!changed) {
    res.status(422);
    return renderSettings(res, form);
  }
  const done = changed.length === 0 ? t('settings:done.unchanged') : t('settings:done.saved');
  await redirectWithMessage(req, res, '/admin/settings', done);
}

async function renderSettings(res: Response, { values, errors }: FormState): Promise<void> {
  const { policyVersion } = await readSettings();
  const [lastMailAcceptedAt, savedAt, zones] = await Promise.all([
    findLastSentAt(),
    getSettingsSavedAt(),
    listTimeZones(),
  ]);
  res.render('admin/settings/index', {
    values,
    errors,
    policyVersion,
    lastMailAcceptedAt,
    savedAt,
    timeZones: zones.map((value) => ({ value, label: value.replaceAll('_', ' ') })),
    minAgeLimit: MIN_AGE_LIMIT,
  });
}

function showLogo(_req: Request, res: Response): void {
  renderLogo(res, emptyForm);
}

function renderLogo(res: Response, { errors }: FormState): void {
  res.render('admin/settings/logo', { errors, maxKilobytes: MAX_LOGO_KILOBYTES, maxPixels: MAX_LOGO_PIXELS });
}

async function submitLogo(req: Request, res: Response): Promise<void> {
  const form = readForm(logoForm, req.body);
  const isChanged = await form.run(async () => {
    await setLogo(takeUpload(req).content, actorOf(req, res));
    return true;
  });
  if (isChanged) return redirectWithMessage(req, res, '/admin/settings', t('settings:done.logoChanged'));
  res.status(422);
  renderLogo(res, form);
}

async function submitLogoRemoval(req: Request, res: Response): Promise<void> {
  await removeLogo(actorOf(req, res));
  await redirectWithMessage(req, res, '/admin/settings', t('settings:done.logoRemoved'));
}

async function submitTestMail(req: Request, res: Response): Promise<void> {
  const account = accountOf(res);
  await sendTestMail(account, actorOf(req, res));
  await redirectWithMessage(
    req,
    res,
    '/admin/settings',
    t('settings:done.testSent', { email: account.email }),
  );
}

function showTemplates(_req: Request, res: Response): void {
  const mails = Object.keys(mailSamples).map((name) => ({ name, title: templateTitle(name) }));
  res.render('admin/settings/mails', { mails });
}

async function showTemplate(req: Request, res: Response): Promise<void> {
  const name = String(req.params.template);
  const preview = await previewTemplate(name);
  res.render('admin/settings/mail', { name, title: templateTitle(name), preview });
}

async function showTemplateHtml(req: Request, res: Response): Promise<void> {
  const { html } = await previewTemplate(String(req.params.template));
  sendSandboxedHtml(res, html);
}

async function showInvitationMail(_req: Request, res: Response): Promise<void> {
  const values = invitationMailFormValues(await readSettings());
  await renderInvitationMail(res, { values, errors: {} });
}

async function submitInvitationMail(req: Request, res: Response): Promise<void> {
  const form = readForm(invitationMailForm, req.body);
  const changed = await form.run((typed) =>
    changeSettings(
      toInvitationMailSettings(typed),
      { savedAt: typed.savedAt, agesConfirmed: false },
      accountOf(res),
      actorOf(req, res),
    ),
  );
  if (!changed) {
    res.status(422);
    return renderInvitationMail(res, form);
  }
  const done = changed.length === 0 ? t('settings:done.unchanged') : t('settings:done.invitationSaved');
  await redirectWithMessage(req, res, '/admin/settings/mails/invitation', done);
}

async function renderInvitationMail(res: Response, { values, errors }: FormState): Promise<void> {
  const [preview, savedAt] = await Promise.all([previewTemplate('invitation'), getSettingsSavedAt()]);
  res.render('admin/settings/invitation-mail', { values, errors, preview, savedAt });
}

async function redirectWithMessage(req: Request, res: Response, path: string, done: string): Promise<void> {
  flash(req, 'success', done);
  await saveSession(req);
  res.redirect(303, path);
}
