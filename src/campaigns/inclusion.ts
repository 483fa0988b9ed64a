import {
  type ReasonName,
  reasonNames,
  type Severity,
  severities,
} from '../invitations/eligibility/eligibility.ts';
import type { Campaign } from './campaign.ts';

/** How many recipients have a reason. A recipient with two reasons counts for both. */
export type ReasonCount = Readonly<{ name: ReasonName; severity: Severity; count: number }>;

type InclusionCounts = Pick<Campaign, 'reasonCounts' | 'override'>;

/** The reasons that exclude a recipient: blocked ones, and warnings that aren't overridden. */
export function excludingReasons(override: readonly ReasonName[]): ReasonName[] {
  return reasonNames.filter((name) => severities[name] !== 'info' && !override.includes(name));
}

/** How many recipients no reason excludes. */
export function countIncluded({ reasonCounts, override }: InclusionCounts): number {
  return countWithout(reasonCounts, excludingReasons(override));
}

/** How many recipients need no override. */
export function countReady({ reasonCounts }: InclusionCounts): number {
  return countWithout(reasonCounts, excludingReasons([]));
}

/** The reasons that occur, most serious first. */
export function listReasonCounts({ reasonCounts }: InclusionCounts): ReasonCount[] {
  return reasonNames
    .map((name) => ({
      name,
      severity: severities[name],
      count: sumCounts(reasonCounts, (names) => names.includes(name)),
    }))
    .filter(({ count }) => count > 0);
}

/** The share of included recipients without an alumni record, from 0 to 1. */
export function fractionWithoutRecord(campaign: InclusionCounts): number {
  const included = countIncluded(campaign);
  const excluding = excludingReasons(campaign.override);
  const withoutRecord = sumCounts(
    campaign.reasonCounts,
    (names) => names.includes('no-record') && !names.some((name) => excluding.includes(name)),
  );
  return included === 0 ? 0 : withoutRecord / included;
}

function countWithout(counts: Campaign['reasonCounts'], excluding: readonly ReasonName[]): number {
  return sumCounts(counts, (names) => !names.some((name) => excluding.includes(name)));
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
