import type { HoldReason } from '../accounts/account.ts';
import { type AgePolicy, describeAge, firstUnblockedDay } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { accessStatusOf, ageRangeOf, type ProfileAccess } from '../consents/profile-access.ts';

const accessLabels = {
  full: 'Full Access',
  supervised: 'Supervised',
  'awaiting-consent': 'Requires Consent',
  refused: 'Consent refused',
  withdrawn: 'Consent withdrawn',
  expired: 'Consent ended',
  blocked: 'Blocked',
} as const;

/** View data of a profile. */
export function describeProfile(profile: ProfileAccess, policy: AgePolicy, at: Date) {
  const access = accessStatusOf(profile, policy, at);
  const ages = ageRangeOf(profile, at);
  return {
    profileId: profile.profileId,
    relationship: profile.relationship,
    name: displayName(profile),
    firstName: profile.firstName,
    batch: profile.batch,
    center: profile.center,
    age: ages && describeAge(ages),
    access,
    accessLabel: accessLabels[access],
    validUntil: access === 'supervised' ? profile.consentExpiresAt : null,
    returnOn:
      access === 'blocked' && profile.yearOfBirth !== null
        ? firstUnblockedDay(profile.yearOfBirth, policy)
        : null,
  };
}

const holdDescriptions: Readonly<Record<HoldReason, string>> = {
  'minors-address':
    'The alumni office knows only young people at your e-mail address, so it first makes sure who you are. That is the usual way for parents.',
  'unlikely-year': 'The year of birth that was typed does not seem to fit what the alumni office knows.',
  'changed-year': 'More than one year of birth was typed for the invitation.',
  'minor-without-record':
    'You are not grown up yet, and no record is linked to your account. The alumni office looks for your record; then a parent or guardian is asked.',
  'too-young': 'Somebody said with this account that they are too young to take part.',
};

/** Why an account is held for review, for its owner and for staff. Without a stored reason it is a minor without a record. */
export function describeHold({
  heldForReviewReason,
}: Readonly<{ heldForReviewReason: HoldReason | null }>): string {
  return holdDescriptions[heldForReviewReason ?? 'minor-without-record'];
}
