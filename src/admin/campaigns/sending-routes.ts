import { type Request, type Response, Router } from 'express';
import { campaignStateOf, getCampaign } from '../../campaigns/campaign.ts';
import { StaleDraft } from '../../campaigns/draft.ts';
import { countRecallable, getProgressByCampaign } from '../../campaigns/progress.ts';
import { recallCampaign, requireRecallable } from '../../campaigns/recall.ts';
import { sendCampaign } from '../../campaigns/send.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { actorOf, requireStaff } from '../../sign-in/guard.ts';
import { requireRecentSignIn } from '../../sign-in/recent-sign-in.ts';
import { recallForm, sendingForm } from './forms.ts';
import { renderCampaign } from './page.ts';

const adminOnly = requireStaff('admin');

/** Sending and recalling a campaign. */
export const adminCampaignSendingRoutes = Router();
adminCampaignSendingRoutes.post('/:id/sending', adminOnly, submitSending);
adminCampaignSendingRoutes.get('/:id/recall', adminOnly, showRecall);
adminCampaignSendingRoutes.post('/:id/recall', adminOnly, requireRecentSignIn, submitRecall);

async function submitSending(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(sendingForm, req.body);
  try {
    const isSent = await form.run(async (confirmation) => {
      await sendCampaign(id, confirmation, actorOf(req, res));
      return true;
    });
    if (isSent) return res.redirect(303, `/admin/campaigns/${id}`);
    res.status(422);
    await renderCampaign(await getCampaign(id), req, res, { errors: form.errors });
  } catch (error) {
    if (!(error instanceof StaleDraft)) throw error;
    res.status(error.status);
    await renderCampaign(await getCampaign(id), req, res, { seenVersion: form.data?.version ?? 0 });
  }
}

async function showRecall(req: Request, res: Response): Promise<void> {
  await renderRecall(req, res, emptyForm);
}

async function submitRecall(req: Request, res: Response): Promise<void> {
  const id = String(req.params.id);
  const form = readForm(recallForm, req.body);
  const isStarted = await form.run(async ({ reason }) => {
    await recallCampaign(id, reason, actorOf(req, res));
    return true;
  });
  if (!isStarted) {
    res.status(422);
    return renderRecall(req, res, form);
  }
  flash(req, 'success', t('campaigns:recall.started'));
  await saveSession(req);
  res.redirect(303, `/admin/campaigns/${id}`);
}

async function renderRecall(req: Request, res: Response, { values, errors }: FormState): Promise<void> {
  const campaign = await getCampaign(String(req.params.id));
  requireRecallable(campaign);
  const progress = (await getProgressByCampaign([campaign.id]))(campaign.id);
  const isSending = campaignStateOf(campaign) === 'sending';
  const { accepted } = progress;
  res.render('admin/campaigns/recall', {
    campaign,
    values,
    errors,
    open: countRecallable(progress),
    accepted,
    isSending,
  });
}
