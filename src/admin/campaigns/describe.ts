import { type Campaign, type CampaignState, campaignStateOf } from '../../campaigns/campaign.ts';
import { countRecallable, type Progress, type ProgressState } from '../../campaigns/progress.ts';
import type { ListedRecipient, RecipientColumns } from '../../campaigns/recipient-list.ts';
import { type ReasonName, reasonNames } from '../../invitations/eligibility/eligibility.ts';
import { reasonLabel } from '../../invitations/eligibility/explain.ts';
import type { RecordedEvent } from '../../platform/audit/audit.ts';
import { t } from '../../platform/i18n/i18n.ts';

/** The tone and the text of a badge. */
export type Badge = readonly [tone: 'good' | 'wait' | 'bad' | 'off' | 'regret', text: string];

type Tone = Badge[0];

const stateTones: Readonly<Record<CampaignState, Tone>> = {
  loading: 'wait',
  checking: 'wait',
  draft: 'wait',
  sending: 'wait',
  sent: 'good',
  recalling: 'wait',
  recalled: 'bad',
};

/** Shows a campaign as being sent until its last mail has been sent. */
export function campaignBadge(state: CampaignState, { queued }: Progress): Badge {
  const shownState = state === 'sent' && queued > 0 ? 'sending' : state;
  return [stateTones[shownState], t(`campaigns:states.${shownState}`)];
}

const progressTones: Readonly<Record<ProgressState, Tone>> = {
  queued: 'wait',
  sent: 'good',
  opened: 'good',
  accepted: 'good',
  declined: 'regret',
  bounced: 'bad',
  failed: 'bad',
  dropped: 'bad',
  revoked: 'bad',
};

export function progressBadge(state: ProgressState): Badge {
  return [progressTones[state], t(`campaigns:progress.${state}`)];
}

/** Describes a state for the table of figures. */
export function describeProgressState(state: ProgressState): string {
  return t(`campaigns:progressMeanings.${state}`);
}

const notInvitedLabels = {
  'group-archived': 'campaigns:notInvited.group-archived',
  'group-forbidden': 'campaigns:notInvited.group-forbidden',
  recalled: 'campaigns:notInvited.recalled',
} as const;

/** The page where staff can remove the cause of a blocked reason. */
export function causeUrl(name: ReasonName): string {
  if (name === 'suspended') return '/admin/people';
  return name === 'reported-deceased' ? '/admin/requests' : `/admin/suppressions?kind=${name}`;
}

/** Why an included recipient was not invited. */
export function notInvitedReason(outcome: string): string {
  if (outcome in notInvitedLabels) return t(notInvitedLabels[outcome as keyof typeof notInvitedLabels]);
  const reason = reasonNames.find((name) => name === outcome);
  return reason === undefined ? outcome : reasonLabel(reason);
}

/** What happened to a recipient. */
export function recipientBadge(recipient: ListedRecipient, { confirmedAt }: Campaign): Badge {
  const { outcome, state, isIncluded, expiresAt } = recipient;
  if (!isIncluded && outcome === null) return ['off', t('campaigns:recipients.notIncluded')];
  if (!confirmedAt) return ['good', t('campaigns:recipients.isIncluded')];
  if (outcome === null) return ['wait', t('campaigns:recipients.queued')];
  if (outcome !== 'invited')
    return ['bad', t('campaigns:recipients.notInvited', { reason: notInvitedReason(outcome) })];
  if (state === null) return ['off', t('campaigns:recipients.deleted')];
  const badge = progressBadge(state);
  const isExpired = /queued|sent|opened/.test(state) && expiresAt !== null && expiresAt <= new Date();
  return isExpired ? ['off', t('campaigns:recipients.expired', { state: badge[1] })] : badge;
}

/** The label of the most serious reason. */
export function recipientStatusLabel(status: ListedRecipient['status']): string {
  if (status === null) return t('campaigns:recipients.notChecked');
  return status === 'ready' ? t('campaigns:reasons.ready') : reasonLabel(status);
}

export function exportColumns(campaign: Campaign): RecipientColumns {
  return [
    { heading: t('campaigns:recipients.line'), value: ({ position }) => position },
    { heading: t('campaigns:recipients.email'), value: ({ email }) => email },
    { heading: t('campaigns:recipients.name'), value: ({ name }) => name },
    { heading: t('campaigns:recipients.status'), value: ({ status }) => recipientStatusLabel(status) },
    { heading: t('campaigns:recipients.why'), value: ({ explanation }) => explanation },
    {
      heading: campaign.confirmedAt ? t('campaigns:recipients.outcome') : t('campaigns:recipients.included'),
      value: (recipient) => recipientBadge(recipient, campaign)[1],
    },
  ];
}

/** The current work of the worker, or null if there is none. */
export type WorkProgress = Readonly<{ title: string; done: number; total: number; text: string }>;

export function campaignWork(campaign: Campaign, progress: Progress): WorkProgress | null {
  const { checkedCount, recipientCount, invitedCount, skippedCount, recalledCount } = campaign;
  switch (campaignStateOf(campaign)) {
    case 'loading':
      return { title: t('campaigns:work.loading'), done: 0, total: 0, text: t('campaigns:work.loadingText') };
    case 'checking': {
      const figures = { done: checkedCount, total: recipientCount };
      return { title: t('campaigns:work.checking'), text: t('campaigns:work.checked', figures), ...figures };
    }
    case 'sending': {
      const figures = { done: invitedCount + skippedCount, total: campaign.confirmedCount ?? 0 };
      return { title: t('campaigns:work.sending'), text: t('campaigns:work.sent', figures), ...figures };
    }
    case 'recalling': {
      const figures = { done: recalledCount, total: recalledCount + countRecallable(progress) };
      return {
        title: t('campaigns:work.recalling'),
        text: t('campaigns:work.recalled', figures),
        ...figures,
      };
    }
    default:
      return null;
  }
}

const changeKeys = {
  name: 'campaigns:changes.fields.name',
  message: 'campaigns:changes.fields.message',
  language: 'campaigns:changes.fields.language',
  validityDays: 'campaigns:changes.fields.validityDays',
  group: 'campaigns:changes.fields.group',
  override: 'campaigns:changes.fields.override',
} as const;

/** Describes a change of a draft: “Ada Office changed: days valid (7 → 30)”. */
export function describeChange({ action, actorName: name, detail }: RecordedEvent): string {
  if (action === 'campaign.rechecked')
    return name === null
      ? t('campaigns:changes.recheckedDeleted')
      : t('campaigns:changes.rechecked', { name });
  const changes = Object.entries(detail).flatMap(([field, change]) =>
    field in changeKeys ? [t(changeKeys[field as keyof typeof changeKeys], { change })] : [],
  );
  return name === null
    ? t('campaigns:changes.changedDeleted', { changes })
    : t('campaigns:changes.changed', { name, changes });
}
