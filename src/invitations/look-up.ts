import { accessAt, ageRange, describeAge, statusLabel } from '../alumni/age.ts';
import { displayName, recordsForAddress } from '../alumni/record.ts';
import { recentSettings } from '../settings.ts';
import { type Candidate, eligibilityOf, type Reason } from './eligibility.ts';

/** An alumni record at an address, as staff see it before they invite. */
export type RecordAtAddress = Readonly<{
  name: string;
  batch: number | null;
  center: string | null;
  age: string | null;
  access: 'full' | 'consent' | 'blocked' | null;
  status: string | null;
  claimed: boolean;
}>;

/** Everything that staff should see of an address before they invite it. */
export type Lookup = Readonly<{
  email: string;
  reasons: readonly Reason[];
  records: readonly RecordAtAddress[];
}>;

/** Looks an address up. */
export async function lookUp(candidate: Candidate): Promise<Lookup> {
  const [[reasons = []], records, policy] = await Promise.all([
    eligibilityOf([candidate]),
    recordsForAddress(candidate.email),
    recentSettings(),
  ]);
  const now = new Date();
  const shown = records.map((record): RecordAtAddress => {
    const { batch, center, yearOfBirth } = record;
    const access = yearOfBirth === null ? null : accessAt(yearOfBirth, now, policy);
    return {
      name: displayName(record),
      batch,
      center,
      age: yearOfBirth === null ? null : describeAge(ageRange(yearOfBirth, now)),
      access,
      status: access && statusLabel(access),
      claimed: record.claimed !== null,
    };
  });
  return { email: candidate.email, reasons, records: shown };
}

/** The reason of that name, if it is among them. */
export function reasonNamed(reasons: readonly Reason[], name: Reason['name']): Reason | undefined {
  return reasons.find((reason) => reason.name === name);
}
