import { type Request, type Response, Router } from 'express';
import { type Campaign, campaignStateOf, getCampaign, listCampaigns } from '../../campaigns/campaign.ts';
import {
  createCampaign,
  deleteDraft,
  recheckDraft,
  requireUnsent,
  StaleDraft,
  updateDraft,
} from '../../campaigns/draft.ts';
import { listReasonCounts } from '../../campaigns/inclusion.ts';
import { getProgressByCampaign } from '../../campaigns/progress.ts';
import { exportRecipients, findPreviewRecipient } from '../../campaigns/recipient-list.ts';
import { findGroup, listOpenGroups } from '../../groups/group.ts';
import { getImport } from '../../imports/import.ts';
import { findAddressee } from '../../invitations/addressee.ts';
import { reasonLabel } from '../../invitations/eligibility/explain.ts';
import { findExpiryOfNew, MAX_VALIDITY_DAYS } from '../../invitations/validity.ts';
import { Conflict, NotFound } from '../../platform/errors.ts';
import { sendTable } from '../../platform/http/download.ts';
import { flash } from '../../platform/http/flash.ts';
import { emptyForm, type FormState, readForm } from '../../platform/http/form.ts';
import { pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { sendSandboxedHtml } from '../../platform/http/sandboxed-html.ts';
import { saveSession } from '../../platform/http/session.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { isId } from '../../platform/text/text.ts';
import { previewTemplate } from '../../settings/mails/preview.ts';
import { accountOf, actorOf, requireStaff } from '../../sign-in/guard.ts';
import { campaignBadge, exportColumns } from './describe.ts';
import { checkForm, newCampaignForm, settingsForm } from './forms.ts';
import { changesSince, renderCampaign } from './page.ts';

const adminOnly = requireStaff('admin');

/** Creating, showing, changing and deleting campaigns. See `sending-routes.ts` for sending and recalling. */
export const adminCampaignRoutes = Router();
adminCampaignRoutes.get('/', adminOnly, showCampaigns);
adminCampaignRoutes.get('/new', adminOnly, showNew);
adminCampaignRoutes.post('/', adminOnly, submitNew);
adminCampaignRoutes.get('/:id', adminOnly, showCampaign);
adminCampaignRoutes.get('/:id/settings', adminOnly, showSettings);
adminCampaignRoutes.post('/:id/settings', adminOnly, submitSettings);
adminCampaignRoutes.post('/:id/checks', adminOnly, submitCheck);
adminCampaignRoutes.get('/:id/preview', adminOnly, showPreview);
adminCampaignRoutes.get('/:id/preview/html', adminOnly, showPreviewHtml);
adminCampaignRoutes.get('/:id/deletion', adminOnly, showDeletion);
adminCampaignRoutes.post('/:id/deletion', adminOnly, submitDeletion);
adminCampaignRoutes.post('/:id/exports', adminOnly, submitExport);

async function showCampaigns(req: Request, res: Response): Promise<void> {
  const page = await listCampaigns(parseCursor(req.query));
  const progress = await getProgressByCampaign(page.items.map(({ id }) => id));
  const campaigns = page.items.map((campaign) => ({
    ...campaign,
    progress: progress(campaign.id),
    badge: campaignBadge(campaignStateOf(campaign), progress(campaign.id)),
  }));
  res.render('admin/campaigns/index', { campaigns, urls: pageLinks(req, page) });
}

/** `?import=` is the import with the recipients. Without it, staff upload a file first. */
async function showNew(req: Request, res: Response): Promise<void> {
  const importId = singleParam(req.query.import);
  if (importId === '') return res.redirect(303, '/admin/imports/new?kind=invitees');
  await renderNew(importId, emptyForm, res);
}

async function submitNew(req: Request, res: Response): Promise<void> {
  const form = readForm(newCampaignForm, req.body);
  const created = await form.run((input) => createCampaign(input, actorOf(req, res)));
  if (created) return res.redirect(303, `/admin/campaigns/${created.id}`);
  res.status(422);
  await renderNew(form.values.importId ?? '', form, res);
}

async function renderNew(importId: string, { values, errors }: FormState, res: Response): Promise<void> {
  const source = isId(importId) ? await getImport(importId) : null;
  res.render('admin/campaigns/new', { values, errors, source, count: source?.statusCounts.ok ?? 0 });
}

async function showCampaign(req: Request, res: Response): Promise<void> {
  await renderCampaign(await getRequestedCampaign(req), req, res);
}

async function showSettings(req: Request, res: Response): Promise<void> {
  const draft = await getRequestedDraft(req);
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
  const draft = await getRequestedDraft(req);
  const form = readForm(settingsForm, req.body);
  try {
    const isSaved = await form.run(async ({ version, ...settings }) => {
      await updateDraft(draft.id, version, settings, actorOf(req, res));
      return true;
    });
    if (isSaved) return res.redirect(303, `/admin/campaigns/${draft.id}`);
    res.status(422);
    await renderSettings(draft, form, res);
  } catch (error) {
    if (!(error instanceof StaleDraft)) throw error;
    res.status(error.status);
    await renderSettings(
      await getRequestedDraft(req),
      form,
      res,
      await changesSince(draft, form.data?.version ?? 0),
    );
  }
}

async function renderSettings(
  campaign: Campaign,
  { values, errors }: FormState,
  res: Response,
  changes: readonly string[] | null = null,
): Promise<void> {
  const warnings = listReasonCounts(campaign)
    .filter(({ severity }) => severity === 'warning')
    .map((reason) => ({ ...reason, label: reasonLabel(reason.name) }));
  const groups = await listOpenGroups();
  res.render('admin/campaigns/settings', {
    campaign,
    values,
    errors,
    changes,
    warnings,
    groups,
    maxDays: MAX_VALIDITY_DAYS,
  });
}

async function submitCheck(req: Request, res: Response): Promise<void> {
  const { id } = await getRequestedCampaign(req);
  const form = readForm(checkForm, req.body);
  await form.run(({ version }) => recheckDraft(id, version, actorOf(req, res)));
  res.redirect(303, `/admin/campaigns/${id}`);
}

async function showPreview(req: Request, res: Response): Promise<void> {
  const campaign = await getRequestedCampaign(req);
  const { recipient, preview } = await buildPreview(campaign, req, res);
  const frameUrl = `/admin/campaigns/${campaign.id}/preview/html?recipient=${recipient.position}`;
  res.render('admin/campaigns/preview', { campaign, recipient, preview, frameUrl });
}

async function showPreviewHtml(req: Request, res: Response): Promise<void> {
  const { preview } = await buildPreview(await getRequestedCampaign(req), req, res);
  sendSandboxedHtml(res, preview.html);
}

/** The mail to the recipient at position `?recipient=`, or to the first included one. */
async function buildPreview(campaign: Campaign, req: Request, res: Response) {
  const position = singleParam(req.query.recipient);
  const recipient = await findPreviewRecipient(
    campaign,
    /^\d{1,9}$/.test(position) ? Number(position) : null,
  );
  if (!recipient) throw new NotFound(t('campaigns:errors.recipientNotFound'));
  const groupId = recipient.groupId ?? campaign.groupId;
  const preview = await previewTemplate('invitation', {
    email: recipient.email,
    ...(await findAddressee(recipient.email, recipient.name)),
    message: recipient.message || campaign.message || null,
    inviter: campaign.confirmer?.name ?? accountOf(res).name,
    expiresAt: await findExpiryOfNew(campaign.confirmedAt ?? new Date(), campaign.validityDays),
    groupName: groupId === null ? null : ((await findGroup(groupId))?.name ?? null),
    hasAccount: recipient.reasons?.some((name) => name === 'account' || name === 'member') ?? false,
  });
  return { recipient, preview };
}

async function showDeletion(req: Request, res: Response): Promise<void> {
  res.render('admin/campaigns/deletion', { campaign: await getRequestedDraft(req) });
}

async function submitDeletion(req: Request, res: Response): Promise<void> {
  const { id, name } = await getRequestedCampaign(req);
  await deleteDraft(id, actorOf(req, res));
  flash(req, 'success', t('campaigns:deletion.deleted', { name }));
  await saveSession(req);
  res.redirect(303, '/admin/campaigns');
}

async function submitExport(req: Request, res: Response): Promise<void> {
  const campaign = await getRequestedCampaign(req);
  if (campaign.recipientsPurgedAt) throw new Conflict(t('campaigns:errors.recipientsDeleted'));
  if (!campaign.checkedAt) throw new Conflict(t('campaigns:errors.stillChecking'));
  const csv = await exportRecipients(campaign, exportColumns(campaign), actorOf(req, res));
  await sendTable(req, res, `campaign-${campaign.id}`, csv);
}

function getRequestedCampaign(req: Request): Promise<Campaign> {
  return getCampaign(String(req.params.id));
}

async function getRequestedDraft(req: Request): Promise<Campaign> {
  const campaign = await getRequestedCampaign(req);
  requireUnsent(campaign);
  return campaign;
}
