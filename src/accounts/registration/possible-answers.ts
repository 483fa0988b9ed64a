import { type AgePolicy, ageStatusAt } from '../../alumni/age.ts';
import type { RecordOnFile } from '../../alumni/record.ts';
import type { ClaimContext } from './claim-context.ts';

export type ClaimAnswer = 'self' | 'child' | 'none';

/** The answers about a record that can succeed. Empty if none of them is a claim: then there is no question. */
export function possibleAnswers(
  { claimed, yearOfBirth }: RecordOnFile,
  { hasSelfProfile, knownYearOfBirth }: ClaimContext,
  policy: AgePolicy,
): ClaimAnswer[] {
  const statusFor = (year: number | null) => (year === null ? null : ageStatusAt(year, new Date(), policy));
  const status = statusFor(yearOfBirth);
  if (claimed || status === 'blocked') return [];
  const mayBeParent = [null, 'full'].includes(statusFor(knownYearOfBirth));
  const claims: ClaimAnswer[] = [
    ...(hasSelfProfile ? [] : (['self'] as const)),
    ...(status !== 'full' && mayBeParent ? (['child'] as const) : []),
  ];
  return claims.length > 0 ? [...claims, 'none'] : [];
}
