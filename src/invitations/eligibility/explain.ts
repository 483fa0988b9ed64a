import { formatDate } from '../../platform/i18n/dates.ts';
import type { DeclineReason } from '../invitation.ts';
import type { EligibilityReason, ReasonName } from './eligibility.ts';

const declineReasonTexts: Readonly<Record<DeclineReason, string>> = {
  'not-me': 'the invitation isn’t for them',
  'rather-not': 'they would rather not join',
  stop: 'they asked us to stop writing',
  deceased: 'the person has died',
};

const reasonSentences: Readonly<Record<ReasonName, (reason: EligibilityReason) => string>> = {
  deceased: ({ personName, at }) =>
    personName
      ? `The directory says that ${personName} has died.`
      : `We were told${onDate(at)} that the person has died.`,
  'reported-deceased': ({ at }) =>
    `Someone told us${onDate(at)} that the person has died. Please answer that request first.`,
  suspended: ({ personName, at }) =>
    `The account of ${personName ?? 'this person'} was suspended${onDate(at)}.`,
  complained: ({ at }) => `The person reported our mail as spam${onDate(at)}.`,
  unsubscribed: ({ at }) => `The person asked us to stop writing${onDate(at)}.`,
  bounced: ({ at }) => `Mail to this address was refused${onDate(at)}.`,
  open: ({ at, expiresAt, personName }) => {
    const state = expiresAt && expiresAt <= new Date() ? 'has expired' : 'is still open';
    return `An invitation of ${at ? formatDate(at) : 'an earlier day'}${personName ? ` by ${personName}` : ''} for this address ${state}.`;
  },
  account: ({ personName }) =>
    `${personName ?? 'Somebody'} has an account with this address and can sign in.`,
  member: ({ personName }) => `${personName ?? 'This person'} is in the group already.`,
  declined: ({ at, statedReason }) =>
    `The person declined${onDate(at)}: ${declineReasonTexts[(statedReason ?? 'rather-not') as DeclineReason]}.`,
  'age-blocked': ({ at }) =>
    at
      ? `Someone at this address said${onDate(at)} that they are too young. Nobody can register with it until the invitation is reopened.`
      : 'Everyone on file at this address is too young to register.',
  inactive: ({ count }) =>
    count === 1
      ? 'The alumni record at this address is inactive, so nobody can claim it.'
      : 'All alumni records at this address are inactive, so nobody can claim them.',
  typo: ({ suggestedEmail }) => `This looks like a typing mistake. Did you mean ${suggestedEmail}?`,
  revoked: ({ at, statedReason }) =>
    `An earlier invitation was revoked${onDate(at)}${statedReason ? `: “${statedReason}”` : ''}.`,
  minor: ({ count }) =>
    count === 1
      ? 'The person on file at this address needs a guardian’s consent.'
      : 'Everyone on file at this address needs a guardian’s consent.',
  'several-records': ({ count }) => `${count} alumni records have this address.`,
  'no-record': () => 'No alumni record has this address. You can match the person by hand later.',
};

/** The reason as one sentence for staff. */
export function describeReason(reason: EligibilityReason): string {
  return reasonSentences[reason.name](reason);
}

/** Short names of the reasons, for lists and charts. */
export const reasonLabels: Readonly<Record<ReasonName, string>> = {
  deceased: 'Deceased',
  'reported-deceased': 'Reported as deceased',
  suspended: 'Account suspended',
  complained: 'Reported our mail as spam',
  unsubscribed: 'Unsubscribed',
  bounced: 'Bounced',
  open: 'Already invited',
  account: 'Has an account',
  member: 'Already in the group',
  declined: 'Declined',
  'age-blocked': 'Too young',
  inactive: 'Record inactive',
  typo: 'Likely typing mistake',
  revoked: 'Revoked earlier',
  minor: 'Minor',
  'several-records': 'Several records',
  'no-record': 'No record',
};

function onDate(at: Date | undefined): string {
  return at ? ` on ${formatDate(at)}` : '';
}
