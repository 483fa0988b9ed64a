import type { Request, Response } from 'express';
import { type Campaign, campaignStateOf } from '../../campaigns/campaign.ts';
import { listChangesAfter } from '../../campaigns/draft.ts';
import {
  countIncluded,
  countReady,
  fractionWithoutRecord,
  listReasonCounts,
} from '../../campaigns/inclusion.ts';
import {
  countRecallable,
  getProgressByCampaign,
  type Progress,
  progressStates,
} from '../../campaigns/progress.ts';
import { listRecipients, type RecipientFilter } from '../../campaigns/recipient-list.ts';
import { type ReasonName, reasonNames } from '../../invitations/eligibility/eligibility.ts';
import { reasonLabel } from '../../invitations/eligibility/explain.ts';
import { emptyForm } from '../../platform/http/form.ts';
import { isHtmxRequest, pageLinks, parseCursor, singleParam } from '../../platform/http/list-query.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { truncate } from '../../platform/tables/headings.ts';
import {
  campaignBadge,
  campaignWork,
  causeUrl,
  describeChange,
  describeProgressState,
  notInvitedReason,
  progressBadge,
  recipientBadge,
  recipientStatusLabel,
} from './describe.ts';

/** Below this number of recipients, the page doesn’t warn that most of them are unknown. */
const MIN_COUNT_FOR_WARNING = 50;

type PageProblem = Readonly<{ errors?: Record<string, string>; seenVersion?: number }>;

/**
 * Renders a campaign: the progress of the worker, the draft, or the result.
 * @param problem errors of the submitted form, or the version of an outdated draft
 */
export async function renderCampaign(
  campaign: Campaign,
  req: Request,
  res: Response,
  { errors = emptyForm.errors, seenVersion }: PageProblem = {},
): Promise<void> {
  const progress = (await getProgressByCampaign([campaign.id]))(campaign.id);
  const state = campaignStateOf(campaign);
  const work = campaignWork(campaign, progress);
  const changes = seenVersion === undefined ? null : await changesSince(campaign, seenVersion);
  const common = { campaign, state, progress, work, errors, changes, badge: campaignBadge(state, progress) };
  const more = work
    ? {}
    : { ...campaignFigures(campaign, progress), ...(await campaignRecipients(campaign, req)) };
  res.render(isHtmxRequest(req) ? 'admin/campaigns/state' : 'admin/campaigns/show', { ...common, ...more });
}

/** Describes the changes since a version. */
export async function changesSince(campaign: Campaign, version: number): Promise<string[]> {
  return (await listChangesAfter(campaign.id, version)).map(describeChange);
}

function campaignFigures(campaign: Campaign, progress: Progress) {
  const count = countIncluded(campaign);
  const unknownPercent = Math.floor(fractionWithoutRecord(campaign) * 100);
  return {
    count,
    ready: countReady(campaign),
    open: countRecallable(progress),
    unknown: count >= MIN_COUNT_FOR_WARNING && unknownPercent > 50 ? unknownPercent / 100 : null,
    reasons: listReasonCounts(campaign).map((reason) => ({
      ...reason,
      label: reasonLabel(reason.name),
      causeUrl: causeUrl(reason.name),
      isOverridden: campaign.override.includes(reason.name),
    })),
    skipped: Object.entries(campaign.outcomeCounts)
      .filter(([outcome]) => outcome !== 'invited')
      .map(([outcome, found]) => ({ reason: notInvitedReason(outcome), count: found }))
      .sort((first, other) => other.count - first.count),
    figures: progressStates
      .map((name) => ({
        name,
        badge: progressBadge(name),
        description: describeProgressState(name),
        count: progress[name],
      }))
      .filter(({ name, count: found }) => found > 0 || !/declined|failed|dropped|revoked/.test(name)),
    overridden: campaign.override.map(reasonLabel),
  };
}

async function campaignRecipients(campaign: Campaign, req: Request) {
  const filter = parseRecipientFilter(singleParam(req.query.reason));
  const page = await listRecipients(campaign, filter, parseCursor(req.query));
  const recipients = page.items.map((recipient) => ({
    ...recipient,
    name: truncate(recipient.name),
    label: recipientStatusLabel(recipient.status),
    badge: recipientBadge(recipient, campaign),
  }));
  return { recipients, filter, filterLabel: filter && filterLabel(filter), urls: pageLinks(req, page) };
}

function parseRecipientFilter(typed: string): RecipientFilter {
  if (typed === 'ready' || typed === 'skipped') return typed;
  return reasonNames.find((name) => name === typed) ?? null;
}

function filterLabel(filter: 'ready' | 'skipped' | ReasonName): string {
  if (filter === 'skipped') return t('campaigns:recipients.skipped');
  return recipientStatusLabel(filter);
}
