import {
  type ReasonName,
  reasonNames,
  type Severity,
  severities,
} from '../invitations/eligibility/eligibility.ts';
import type { Campaign } from './campaign.ts';

/** A reason that some recipients have, and how many. Somebody with two reasons counts under both. */
export type ReasonCount = Readonly<{ name: ReasonName; severity: Severity; count: number }>;

type InclusionCounts = Pick<Campaign, 'reasonCounts' | 'override'>;

/** The reasons that stop a recipient: what is blocked, and the warnings that nobody overrides. */
export function stoppingReasons(override: readonly ReasonName[]): ReasonName[] {
  return reasonNames.filter((name) => severities[name] !== 'info' && !override.includes(name));
}

/** How many would be invited now: those whom no reason stops. */
export function countIncluded({ reasonCounts, override }: InclusionCounts): number {
  return countWithout(reasonCounts, stoppingReasons(override));
}

/** How many need no override. */
export function countReady({ reasonCounts }: InclusionCounts): number {
  return countWithout(reasonCounts, stoppingReasons([]));
}

/** The reasons that occur, the most serious first. */
export function listReasonCounts({ reasonCounts }: InclusionCounts): ReasonCount[] {
  return reasonNames
    .map((name) => ({
      name,
      severity: severities[name],
      count: sumCounts(reasonCounts, (names) => names.includes(name)),
    }))
    .filter(({ count }) => count > 0);
}

/** How much of those who would be invited is not in the directory, from 0 to 1. */
export function shareWithoutRecord(campaign: InclusionCounts): number {
  const included = countIncluded(campaign);
  const stops = stoppingReasons(campaign.override);
  const unknown = sumCounts(
    campaign.reasonCounts,
    (names) => names.includes('no-record') && !names.some((name) => stops.includes(name)),
  );
  return included === 0 ? 0 : unknown / included;
}

function countWithout(counts: Campaign['reasonCounts'], stops: readonly ReasonName[]): number {
  return sumCounts(counts, (names) => !names.some((name) => stops.includes(name)));
}

function sumCounts(
  counts: Campaign['reasonCounts'],
  applies: (names: readonly ReasonName[]) => boolean,
): number {
  return Object.entries(counts).reduce(
    (total, [names, count]) => (applies(names.split(',') as ReasonName[]) ? total + count : total),
    0,
  );
}
