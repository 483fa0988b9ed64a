import type { Request, Response } from 'express';
import { type Campaign, stateOf } from '../../campaigns/campaign.ts';
import { changesAfter } from '../../campaigns/draft.ts';
import { countIncluded, countReady, reasonsIn, shareWithoutRecord } from '../../campaigns/inclusion.ts';
import { countOpen, inviteeStates, type Progress, progressOf } from '../../campaigns/progress.ts';
import { listRecipients, type RecipientFilter } from '../../campaigns/recipients.ts';
import { shorten } from '../../csv/headings.ts';
import { type ReasonName, reasonNames } from '../../invitations/eligibility.ts';
import { labels } from '../../invitations/eligibility-words.ts';
import { emptyForm } from '../../web/form.ts';
import { cursorIn, isLive, one, pagesAround } from '../list-query.ts';
import {
  badgeOf,
  causeUrl,
  changeInWords,
  inviteeBadges,
  inviteeStateWords,
  labelOf,
  whatHappened,
  whyNotInvited,
  workOf,
} from './words.ts';

/** A file of strangers is probably the wrong file, but a handful of them are not worth a word. */
const MANY = 50;

type Problem = Readonly<{ errors?: Record<string, string>; seenVersion?: number }>;

/**
 * The page of a campaign: what the worker is doing, the draft, or what became of it.
 * @param problem what is wrong with what was sent; `seenVersion` for a draft that has changed since then
 */
export async function renderCampaign(
  campaign: Campaign,
  req: Request,
  res: Response,
  { errors = emptyForm.errors, seenVersion }: Problem = {},
): Promise<void> {
  const progress = (await progressOf([campaign.id]))(campaign.id);
  const state = stateOf(campaign);
  const work = workOf(campaign, progress);
  const changes = seenVersion === undefined ? null : await changesSince(campaign, seenVersion);
  const common = { campaign, state, progress, work, errors, changes, badge: badgeOf(state, progress) };
  const more = work ? {} : { ...figuresOf(campaign, progress), ...(await recipientsIn(campaign, req)) };
  res.render(isLive(req) ? 'admin/campaigns/state' : 'admin/campaigns/show', { ...common, ...more });
}

/** What others changed since somebody opened a page, in words. */
export async function changesSince(campaign: Campaign, version: number): Promise<string[]> {
  return (await changesAfter(campaign.id, version)).map(changeInWords);
}

function figuresOf(campaign: Campaign, progress: Progress) {
  const count = countIncluded(campaign);
  const unknown = Math.floor(shareWithoutRecord(campaign) * 100);
  return {
    count,
    ready: countReady(campaign),
    open: countOpen(progress),
    unknown: count >= MANY && unknown > 50 ? unknown : null,
    reasons: reasonsIn(campaign).map((reason) => ({
      ...reason,
      label: labels[reason.name],
      causeUrl: causeUrl(reason.name),
      isOverridden: campaign.override.includes(reason.name),
    })),
    skipped: Object.entries(campaign.outcomes)
      .filter(([outcome]) => outcome !== 'invited')
      .map(([outcome, found]) => ({ why: whyNotInvited(outcome), count: found }))
      .sort((first, other) => other.count - first.count),
    figures: inviteeStates
      .map((name) => ({
        name,
        badge: inviteeBadges[name],
        says: inviteeStateWords[name],
        count: progress[name],
      }))
      .filter(({ name, count: found }) => found > 0 || !/declined|failed|dropped|revoked/.test(name)),
    overridden: campaign.override.map((name) => labels[name]),
  };
}

async function recipientsIn(campaign: Campaign, req: Request) {
  const filter = filterIn(one(req.query.reason));
  const page = await listRecipients(campaign, filter, cursorIn(req.query));
  const recipients = page.items.map((recipient) => ({
    ...recipient,
    name: shorten(recipient.name),
    label: labelOf(recipient.status),
    happened: whatHappened(recipient, campaign),
  }));
  return { recipients, filter, filterLabel: filter && nameOf(filter), urls: pagesAround(req, page) };
}

function filterIn(typed: string): RecipientFilter {
  if (typed === 'ready' || typed === 'skipped') return typed;
  return reasonNames.find((name) => name === typed) ?? null;
}

function nameOf(filter: 'ready' | 'skipped' | ReasonName): string {
  if (filter === 'skipped') return 'Included, but not invited';
  return labelOf(filter);
}
