import type { HoldReason } from '../accounts/account.ts';
import { type AgePolicy, describeAge, firstUnblockedDay } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { accessStatusOf, ageRangeOf, type ProfileAccess } from '../consents/profile-access.ts';
import { t } from '../platform/i18n/i18n.ts';

const accessLabels = {
  full: 'common:status.full',
  supervised: 'common:status.supervised',
  'awaiting-consent': 'common:status.consent',
  refused: 'common:status.refused',
  withdrawn: 'common:status.withdrawn',
  expired: 'home:records.consentEnded',
  blocked: 'common:status.blocked',
} as const;

/** View data of a profile. */
export function describeProfile(profile: ProfileAccess, policy: AgePolicy, at: Date) {
  const access = accessStatusOf(profile, policy, at);
  const ages = ageRangeOf(profile, at);
  return {
    profileId: profile.profileId,
    recordId: profile.recordId,
    relationship: profile.relationship,
    name: displayName(profile),
    firstName: profile.firstName,
    batch: profile.batch,
    center: profile.center,
    age: ages && describeAge(ages),
    access,
    accessLabel: t(accessLabels[access]),
    validUntil: access === 'supervised' ? profile.consentExpiresAt : null,
    returnOn:
      access === 'blocked' && profile.yearOfBirth !== null
        ? firstUnblockedDay(profile.yearOfBirth, policy)
        : null,
  };
}

type HeldAccount = Readonly<{ heldForReviewReason: HoldReason | null }>;

/** Tells its owner why an account is held for review. Without a stored reason it is a minor without a record. */
export function describeHold({ heldForReviewReason: reason }: HeldAccount): string {
  return t(`registration:hold.${reason ?? 'minor-without-record'}`);
}

/** Tells staff why an account is held for review. */
export function describeHoldForStaff({ heldForReviewReason: reason }: HeldAccount): string {
  return t(`registration:holdForStaff.${reason ?? 'minor-without-record'}`);
}
