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
