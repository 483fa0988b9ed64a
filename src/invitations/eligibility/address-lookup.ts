import { ageRange, ageStatusAt, ageStatusLabel, describeAge } from '../../alumni/age.ts';
import { displayName, listRecordsForAddress } from '../../alumni/record.ts';
import { readCachedSettings } from '../../settings/settings.ts';
import { type Candidate, checkEligibility, type EligibilityReason } from './eligibility.ts';

/** An alumni record with the address, as shown to staff. */
export type RecordAtAddress = Readonly<{
  name: string;
  batch: number | null;
  center: string | null;
  age: string | null;
  ageStatus: 'full' | 'consent' | 'blocked' | null;
  ageStatusLabel: string | null;
  claimed: boolean;
}>;

/** What staff see about an address before they invite it. */
export type AddressLookup = Readonly<{
  email: string;
  reasons: readonly EligibilityReason[];
  records: readonly RecordAtAddress[];
}>;

export async function lookUpAddress(candidate: Candidate): Promise<AddressLookup> {
  const [[reasons = []], records, policy] = await Promise.all([
    checkEligibility([candidate]),
    listRecordsForAddress(candidate.email),
    readCachedSettings(),
  ]);
  const now = new Date();
  const shown = records.map((record): RecordAtAddress => {
    const { batch, center, yearOfBirth } = record;
    const ageStatus = yearOfBirth === null ? null : ageStatusAt(yearOfBirth, now, policy);
    return {
      name: displayName(record),
      batch,
      center,
      age: yearOfBirth === null ? null : describeAge(ageRange(yearOfBirth, now)),
      ageStatus,
      ageStatusLabel: ageStatus && ageStatusLabel(ageStatus),
      claimed: record.claimed !== null,
    };
  });
  return { email: candidate.email, reasons, records: shown };
}

export function findReason(
  reasons: readonly EligibilityReason[],
  name: EligibilityReason['name'],
): EligibilityReason | undefined {
  return reasons.find((reason) => reason.name === name);
}
