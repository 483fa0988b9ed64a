import { type AgePolicy, ageStatusAt } from './age.ts';
import type { AlumniRecord } from './record.ts';

type OnFile = Pick<AlumniRecord, 'yearOfBirth' | 'emailOf'>;

/**
 * Whether all records at an address are minors', so that staff review anyone else who registers with it. False if the
 * office marked the address as a guardian's.
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
