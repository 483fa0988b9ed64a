import type { RecordOnFile } from '../../alumni/record.ts';

/** One record that somebody says is theirs or their child's, checked against every rule. */
export type ValidatedClaim = Readonly<{
  recordId: string;
  relationship: 'self' | 'child';
  statedYearOfBirth: number | null;
  /** `consent` is a minor of 14 to 17: kept without access until a guardian consents. */
  access: 'full' | 'consent';
}>;

/** What can be claimed under an address, and what is known of whoever claims. */
export type ClaimContext = Readonly<{
  /** Those that the account has not claimed yet. */
  records: readonly RecordOnFile[];
  /** All that the office keeps under the address. */
  onFile: readonly RecordOnFile[];
  /** Whether the account has said already which person it is. */
  hasSelfProfile: boolean;
  /** The year of birth of an account: of its own record, else its own statement; null asks for it. */
  knownYearOfBirth: number | null;
  /** Staff have lifted a hold before: what the office knows of the address was looked at. */
  isReviewed: boolean;
}>;
