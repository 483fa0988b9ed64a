import type { HoldReason } from '../accounts/account.ts';
import { type AgePolicy, describeAge, earliestReturn } from '../alumni/age.ts';
import { displayName } from '../alumni/record.ts';
import { agesOf, standingOf, type Ward } from './standing.ts';

const labels = {
  full: 'Full Access',
  supervised: 'Supervised',
  waiting: 'Requires Consent',
  refused: 'Consent refused',
  withdrawn: 'Consent withdrawn',
  lapsed: 'Consent ended',
  blocked: 'Blocked',
} as const;

/** A profile as pages show it. */
export function childOnPage(ward: Ward, policy: AgePolicy, at: Date) {
  const standing = standingOf(ward, policy, at);
  const ages = agesOf(ward, at);
  return {
    profileId: ward.profileId,
    relationship: ward.relationship,
    name: displayName(ward),
    firstName: ward.firstName,
    batch: ward.batch,
    center: ward.center,
    age: ages && describeAge(ages),
    standing,
    status: labels[standing],
    until: standing === 'supervised' ? ward.consentExpiresAt : null,
    returnOn:
      standing === 'blocked' && ward.yearOfBirth !== null ? earliestReturn(ward.yearOfBirth, policy) : null,
  };
}

const holds: Readonly<Record<HoldReason, string>> = {
  'minors-address':
    'The alumni office knows only young people at your e-mail address, so it first makes sure who you are. That is the usual way for parents.',
  'unlikely-year': 'The year of birth that was typed does not seem to fit what the alumni office knows.',
  'changed-year': 'More than one year of birth was typed for the invitation.',
  'minor-without-record':
    'You are not grown up yet, and no record is linked to your account. The alumni office looks for your record; then a parent or guardian is asked.',
  'too-young': 'Somebody said with this account that they are too young to take part.',
};

/** Why an account is held for review, to whoever it belongs to and to staff; a minor without a record is, too. */
export function whyHeld({
  heldForReviewReason,
}: Readonly<{ heldForReviewReason: HoldReason | null }>): string {
  return holds[heldForReviewReason ?? 'minor-without-record'];
}
