import { type AgePolicy, ageStatusAt } from './age.ts';
import type { AlumniRecord } from './record.ts';

/** Whom the office knows at an address, as far as it says whose address it is. */
type OnFile = Pick<AlumniRecord, 'yearOfBirth' | 'emailOf'>;

/**
 * Whether the office knows only minors at an address: then whoever says to be somebody else is looked at first. Not where
 * it says that the address is a guardian's.
 */
export function isMinorsAddress(
  onFile: readonly OnFile[],
  now: Date,
  policy: AgePolicy & Readonly<{ minorsAddressesAreGuardians: boolean }>,
): boolean {
  if (policy.minorsAddressesAreGuardians || onFile.some(({ emailOf }) => emailOf === 'guardian'))
    return false;
  return (
    onFile.length > 0 &&
    onFile.every(
      ({ yearOfBirth }) => yearOfBirth !== null && ageStatusAt(yearOfBirth, now, policy) !== 'full',
    )
  );
}
