import { t } from '../../platform/i18n/i18n.ts';
import type { DeclineReason } from '../invitation.ts';
import type { EligibilityReason, ReasonName } from './eligibility.ts';

const reasonSentences: Readonly<Record<ReasonName, (reason: EligibilityReason) => string>> = {
  deceased: ({ personName, at }) =>
    personName
      ? t('invitations:reasons.deceasedRecord', { names: personName })
      : t('invitations:reasons.deceased', { at }),
  'reported-deceased': ({ at }) => t('invitations:reasons.reportedDeceased', { at }),
  suspended: ({ personName, at }) => t('invitations:reasons.suspended', { name: personName, at }),
  complained: ({ at }) => t('invitations:reasons.complained', { at }),
  unsubscribed: ({ at }) => t('invitations:reasons.unsubscribed', { at }),
  bounced: ({ at }) => t('invitations:reasons.bounced', { at }),
  open: ({ at, expiresAt, personName: name }) => {
    const isExpired = expiresAt !== undefined && expiresAt <= new Date();
    if (name) return t(`invitations:reasons.open${isExpired ? 'ExpiredBy' : 'PendingBy'}`, { name, at });
    return t(`invitations:reasons.open${isExpired ? 'Expired' : 'Pending'}`, { at });
  },
  account: ({ personName }) => t('invitations:reasons.account', { name: personName }),
  member: ({ personName }) => t('invitations:reasons.member', { name: personName }),
  declined: ({ at, statedReason = 'rather-not' }) =>
    t(`invitations:reasons.declined.${statedReason as DeclineReason}`, { at }),
  'age-blocked': ({ at }) =>
    at ? t('invitations:reasons.ageBlocked', { at }) : t('invitations:reasons.allTooYoung'),
  inactive: ({ count }) => t('invitations:reasons.inactive', { count: count ?? 1 }),
  typo: ({ suggestedEmail }) => t('invitations:reasons.typo', { email: suggestedEmail }),
  revoked: ({ at, statedReason: reason }) =>
    reason
      ? t('invitations:reasons.revokedReason', { at, reason })
      : t('invitations:reasons.revoked', { at }),
  minor: ({ count }) => t('invitations:reasons.minor', { count: count ?? 1 }),
  'several-records': ({ count }) => t('invitations:reasons.severalRecords', { count: count ?? 2 }),
  'no-record': () => t('invitations:reasons.noRecord'),
};

/** The reason as one sentence for staff. */
export function describeReason(reason: EligibilityReason): string {
  return reasonSentences[reason.name](reason);
}

/** A short name of the reason, for lists and charts. */
export function reasonLabel(name: ReasonName): string {
  return t(`invitations:reasons.labels.${name}`);
}
