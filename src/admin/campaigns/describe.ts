import { type Campaign, type CampaignState, campaignStateOf } from '../../campaigns/campaign.ts';
import { countRecallable, type Progress, type ProgressState } from '../../campaigns/progress.ts';
import type { RecipientOutcome } from '../../campaigns/recipient.ts';
import type { ListedRecipient, RecipientCsvColumns } from '../../campaigns/recipient-list.ts';
import type { ReasonName } from '../../invitations/eligibility/eligibility.ts';
import { reasonLabels } from '../../invitations/eligibility/explain.ts';
import type { RecordedEvent } from '../../platform/audit/audit.ts';

/** The tone and the text of a badge. */
export type Badge = readonly [tone: 'good' | 'wait' | 'bad' | 'off' | 'regret', text: string];

const stateBadges: Readonly<Record<CampaignState, Badge>> = {
  loading: ['wait', 'Being checked'],
  checking: ['wait', 'Being checked'],
  draft: ['wait', 'Draft'],
  sending: ['wait', 'Being sent'],
  sent: ['good', 'Sent'],
  recalling: ['wait', 'Being recalled'],
  recalled: ['bad', 'Recalled'],
};

/** Shows a campaign as being sent until its last mail has been sent. */
export function campaignBadge(state: CampaignState, { queued }: Progress): Badge {
  return stateBadges[state === 'sent' && queued > 0 ? 'sending' : state];
}

export const recipientStateBadges: Readonly<Record<ProgressState, Badge>> = {
  queued: ['wait', 'Queued'],
  sent: ['good', 'Sent'],
  opened: ['good', 'Opened'],
  accepted: ['good', 'Accepted'],
  declined: ['regret', 'Declined'],
  bounced: ['bad', 'Bounced'],
  failed: ['bad', 'Failed'],
  dropped: ['bad', 'Not sent'],
  revoked: ['bad', 'Revoked'],
};

/** Descriptions for the table of figures. */
export const recipientStateDescriptions: Readonly<Record<ProgressState, string>> = {
  queued: 'The mail has not left yet.',
  sent: 'A mail server has accepted the mail, and nobody has opened the link yet.',
  opened: 'Someone has opened the link.',
  accepted: 'The person has registered.',
  declined: 'The person has declined.',
  bounced: 'The mail was refused or came back.',
  failed: 'We tried for more than a day and couldn’t deliver the mail.',
  dropped:
    'The mail was not sent: we may no longer write to the address, or the invitation expired before its turn.',
  revoked: 'The invitation was revoked, so its link no longer works.',
};

const notInvitedLabels: Readonly<Partial<Record<RecipientOutcome, string>>> = {
  ...reasonLabels,
  'group-archived': 'The group is archived',
  'group-forbidden': 'Whoever sent the campaign may no longer invite into the group',
  recalled: 'The campaign was recalled before their turn',
};

/** The page where staff can remove the cause of a blocked reason. */
export function causeUrl(name: ReasonName): string {
  if (name === 'suspended') return '/admin/people';
  return name === 'reported-deceased' ? '/admin/requests' : `/admin/suppressions?kind=${name}`;
}

/** Why an included recipient was not invited. */
export function notInvitedReason(outcome: string): string {
  return notInvitedLabels[outcome as RecipientOutcome] ?? outcome;
}

/** What happened to a recipient. */
export function recipientBadge(recipient: ListedRecipient, { confirmedAt }: Campaign): Badge {
  const { outcome, state, isIncluded, expiresAt } = recipient;
  if (!confirmedAt) return isIncluded ? ['good', 'Included'] : ['off', 'Not included'];
  if (outcome === null) return isIncluded ? ['wait', 'Not yet their turn'] : ['off', 'Not included'];
  if (outcome !== 'invited') return ['bad', `Not invited: ${notInvitedReason(outcome)}`];
  if (state === null) return ['off', 'Invited, deleted since'];
  const [tone, text] = recipientStateBadges[state];
  const isExpired = /queued|sent|opened/.test(state) && expiresAt !== null && expiresAt <= new Date();
  return isExpired ? ['off', `${text}, expired since`] : [tone, text];
}

/** The label of the most serious reason. */
export function recipientStatusLabel(status: ListedRecipient['status']): string {
  if (status === null) return 'Not checked yet';
  return status === 'ready' ? 'Ready' : reasonLabels[status];
}

export function exportColumns(campaign: Campaign): RecipientCsvColumns {
  return [
    { heading: 'Line', value: ({ position }) => position },
    { heading: 'E-mail address', value: ({ email }) => email },
    { heading: 'Name', value: ({ name }) => name },
    { heading: 'Status', value: ({ status }) => recipientStatusLabel(status) },
    { heading: 'Why', value: ({ explanation }) => explanation },
    {
      heading: campaign.confirmedAt ? 'What happened' : 'Included',
      value: (recipient) => recipientBadge(recipient, campaign)[1],
    },
  ];
}

/** The current work of the worker, or null if there is none. */
export type WorkProgress = Readonly<{ title: string; done: number; total: number; text: string }>;

export function campaignWork(campaign: Campaign, progress: Progress): WorkProgress | null {
  const { checkedCount, recipientCount, invitedCount, skippedCount, recalledCount } = campaign;
  const countText = (some: number, all: number, what: string) =>
    `${some.toLocaleString('en')} of ${all.toLocaleString('en')} ${what}.`;
  switch (campaignStateOf(campaign)) {
    case 'loading':
      return { title: 'Reading the addresses', done: 0, total: 0, text: 'This takes a moment.' };
    case 'checking': {
      const text = countText(checkedCount, recipientCount, 'checked');
      return { title: 'Checking every address', done: checkedCount, total: recipientCount, text };
    }
    case 'sending': {
      const total = campaign.confirmedCount ?? 0;
      const text = countText(invitedCount + skippedCount, total, 'done');
      return { title: 'Inviting the recipients', done: invitedCount + skippedCount, total, text };
    }
    case 'recalling': {
      const total = recalledCount + countRecallable(progress);
      const text = countText(recalledCount, total, 'revoked');
      return { title: 'Recalling the campaign', done: recalledCount, total, text };
    }
    default:
      return null;
  }
}

const settingLabels: Readonly<Record<string, string>> = {
  name: 'Name',
  message: 'Message',
  validityDays: 'Valid for (days)',
  group: 'Group',
  override: 'Warnings overridden',
};

/** Describes a change of a draft: “Ada Office: Valid for (days): 7 → 30”. */
export function describeChange({ action, actorName, detail }: RecordedEvent): string {
  const actor = actorName ?? 'Someone whose account is gone';
  if (action === 'campaign.rechecked') return `${actor} had all addresses checked again`;
  const changes = Object.entries(detail).flatMap(([field, value]) =>
    settingLabels[field] ? [`${settingLabels[field]}: ${value}`] : [],
  );
  return `${actor}: ${changes.join('; ')}`;
}
