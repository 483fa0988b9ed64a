import { type Request, type Response, Router } from 'express';
import { accountOf, actorOf, requireStaff } from '../../accounts/guard.ts';
import { type Campaign, campaignById, listCampaigns, stateOf } from '../../campaigns/campaign.ts';
import {
  changeDraft,
  checkAgain,
  createCampaign,
  deleteDraft,
  refuseSent,
  StaleDraft,
} from '../../campaigns/draft.ts';
import { reasonsIn } from '../../campaigns/inclusion.ts';
import { progressOf } from '../../campaigns/progress.ts';
import { exportRecipients, recipientToShow } from '../../campaigns/recipients.ts';
import { Conflict, NotFound } from '../../errors.ts';
import { findGroup, openGroups } from '../../groups/group.ts';
import { importById } from '../../imports/import.ts';
import { labels } from '../../invitations/eligibility-words.ts';
import { previewOfTemplate } from '../../office/preview.ts';
import { isId } from '../../text.ts';
import { sendCsv } from '../../web/download.ts';
import { flash } from '../../web/flash.ts';
import { emptyForm, type FormState, readForm } from '../../web/form.ts';
import { sendFramed } from '../../web/framed.ts';
import { saveSession } from '../../web/session.ts';
import { cursorIn, one, pagesAround } from '../list-query.ts';
import { checkForm, newCampaignForm, settingsForm } from './forms.ts';
import { changesSince, renderCampaign } from './page.ts';
import { badgeOf, columnsFor } from './words.ts';

const adminOnly = requireStaff('admin');

/** Campaigns: drafts are created, looked at, changed and deleted here; see also `sending.ts`. */
export const adminCampaigns = Router();
adminCampaigns.get('/', adminOnly, showCampaigns);
adminCampaigns.get('/new', adminOnly, showNew);
adminCampaigns.post('/', adminOnly, submitNew);
adminCampaigns.get('/:id', adminOnly, showCampaign);
adminCampaigns.get('/:id/settings', adminOnly, showSettings);
adminCampaigns.post('/:id/settings', adminOnly, submitSettings);
adminCampaigns.post('/:id/checks', adminOnly, submitCheck);
adminCampaigns.get('/:id/preview', adminOnly, showPreview);
adminCampaigns.get('/:id/preview/html', adminOnly, showPreviewHtml);
adminCampaigns.get('/:id/deletion', adminOnly, showDeletion);
adminCampaigns.post('/:id/deletion', adminOnly, submitDeletion);
adminCampaigns.post('/:id/exports', adminOnly, submitExport);

async function showCampaigns(req: Request, res: Response): Promise<void> {
  const page = await listCampaigns(cursorIn(req.query));
  const progress = await progressOf(page.items.map(({ id }) => id));
  const campaigns = page.items.map((campaign) => ({
    ...campaign,
    progress: progress(campaign.id),
    badge: badgeOf(stateOf(campaign), progress(campaign.id)),
  }));
  res.render('admin/campaigns/index', { campaigns, urls: pagesAround(req, page) });
}

/** `?import=` is the file whose people it invites: without one, that comes first. */
async function showNew(req: Request, res: Response): Promise<void> {
  const importId = one(req.query.import);
  if (importId === '') return res.redirect(303, '/admin/imports/new?kind=invitees');
  await renderNew(importId, emptyForm, res);
}

async function submitNew(req: Request, res: Response): Promise<void> {
  const form = readForm(newCampaignForm, req.body);
  const created = await form.run((given) => createCampaign(given, actorOf(req, res)));
  if (created) return res.redirect(303, `/admin/campaigns/${created.id}`);
  res.status(422);
  await renderNew(form.values.importId ?? '', form, res);
}

async function renderNew(importId: string, { values, errors }: FormState, res: Response): Promise<void> {
  const source = isId(importId) ? await importById(importId) : null;
  res.render('admin/campaigns/new', { values, errors, source, count: source?.statuses.ok ?? 0 });
}

async function showCampaign(req: Request, res: Response): Promise<void> {
  await renderCampaign(await campaignIn(req), req, res);
}

async function showSettings(req: Request, res: Response): Promise<void> {
  const draft = await draftIn(req);
  const { name, message, validityDays, groupId, groupRole, override } = draft;
  const values = {
    name,
    message,
    validityDays: String(validityDays),
    groupId: groupId ?? '',
    groupRole: groupRole ?? 'member',
    ...Object.fromEntries(override.map((warning) => [`override[${warning}]`, 'yes'])),
  };
  await renderSettings(draft, { values, errors: {} }, res);
}

async function submitSettings(req: Request, res: Response): Promise<void> {
  const draft = await draftIn(req);
  const form = readForm(settingsForm, req.body);
  try {
    const saved = await form.run(async ({ version, ...settings }) => {
      await changeDraft(draft.id, version, settings, actorOf(req, res));
      return true;
    });
    if (saved) return res.redirect(303, `/admin/campaigns/${draft.id}`);
    res.status(422);
    await renderSettings(draft, form, res);
  } catch (error) {
    if (!(error instanceof StaleDraft)) throw error;
    res.status(error.status);
    await renderSettings(await draftIn(req), form, res, await changesSince(draft, form.data?.version ?? 0));
  }
}

async function renderSettings(
  campaign: Campaign,
  { values, errors }: FormState,
  res: Response,
  changes: readonly string[] | null = null,
): Promise<void> {
  const warnings = reasonsIn(campaign)
    .filter(({ severity }) => severity === 'warning')
    .map((reason) => ({ ...reason, label: labels[reason.name] }));
  const groups = await openGroups();
  res.render('admin/campaigns/settings', { campaign, values, errors, changes, warnings, groups });
}

async function submitCheck(req: Request, res: Response): Promise<void> {
  const { id } = await campaignIn(req);
  const form = readForm(checkForm, req.body);
  await form.run(({ version }) => checkAgain(id, version, actorOf(req, res)));
  res.redirect(303, `/admin/campaigns/${id}`);
}

async function showPreview(req: Request, res: Response): Promise<void> {
  const campaign = await campaignIn(req);
  const { recipient, preview } = await previewFor(campaign, req, res);
  const frameUrl = `/admin/campaigns/${campaign.id}/preview/html?recipient=${recipient.position}`;
  res.render('admin/campaigns/preview', { campaign, recipient, preview, frameUrl });
}

async function showPreviewHtml(req: Request, res: Response): Promise<void> {
  const { preview } = await previewFor(await campaignIn(req), req, res);
  sendFramed(res, preview.html);
}

/** The mail to the recipient that `?recipient=` names, or to the first of those who are included. */
async function previewFor(campaign: Campaign, req: Request, res: Response) {
  const asked = one(req.query.recipient);
  const recipient = await recipientToShow(campaign, /^\d{1,9}$/.test(asked) ? Number(asked) : null);
  if (!recipient) throw new NotFound('There is no such recipient.');
  const groupId = recipient.groupId ?? campaign.groupId;
  const preview = await previewOfTemplate('invitation', {
    email: recipient.email,
    message: recipient.message || campaign.message || null,
    inviter: campaign.confirmer?.name ?? accountOf(res).name,
    expiresAt: new Date((campaign.confirmedAt?.getTime() ?? Date.now()) + campaign.validityDays * 86_400_000),
    groupName: groupId === null ? null : ((await findGroup(groupId))?.name ?? null),
    hasAccount: recipient.reasons?.some((name) => name === 'account' || name === 'member') ?? false,
  });
  return { recipient, preview };
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  res.render('admin/campaigns/deletion', { campaign: await draftIn(req) });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  const { id, name } = await campaignIn(req);
  await deleteDraft(id, actorOf(req, res));
  flash(req, 'success', `The draft “${name}” is deleted.`);
  await saveSession(req);
  res.redirect(303, '/admin/campaigns');
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const campaign = await campaignIn(req);
  if (campaign.emptiedAt) throw new Conflict('The recipients of this campaign have been deleted.');
  if (!campaign.checkedAt)
    throw new Conflict('The recipients are still being checked. Please try again soon.');
  const csv = await exportRecipients(campaign, columnsFor(campaign), actorOf(req, res));
  await sendCsv(res, `campaign-${campaign.id}`, csv);
}

function campaignIn(req: Request): Promise<Campaign> {
  return campaignById(String(req.params.id));
}

async function draftIn(req: Request): Promise<Campaign> {
  const campaign = await campaignIn(req);
  refuseSent(campaign);
  return campaign;
}
