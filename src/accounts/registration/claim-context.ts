import type { RecordOnFile } from '../../alumni/record.ts';

/** A claim that passed every check. */
export type ValidatedClaim = Readonly<{
  recordId: string;
  relationship: 'self' | 'child';
  statedYearOfBirth: number | null;
  /** `consent`: a minor, who has no access until a guardian consents. */
  access: 'full' | 'consent';
}>;

/** The records that can be claimed from an address, and what is known about the person. */
export type ClaimContext = Readonly<{
  /** Records that the account has not claimed yet. */
  records: readonly RecordOnFile[];
  /** All records on file for the address. */
  onFile: readonly RecordOnFile[];
  /** The records among them that the account has said are someone else's. They need no answer any more. */
  someoneElse: ReadonlySet<string>;
  /** Whether the account has claimed a record as its own. */
  hasSelfProfile: boolean;
  /** From the account's own record, or else as stated. If null, the form asks for it. */
  knownYearOfBirth: number | null;
  /** Whether staff have lifted a hold of this account before. */
  isReviewed: boolean;
}>;
