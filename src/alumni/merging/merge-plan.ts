import { queryRows } from '../../platform/db/database.ts';
import { t } from '../../platform/i18n/i18n.ts';
import type { ListedRecord } from '../listed-record.ts';
import type { Relationship } from '../profile.ts';
import { differingFields, type EditableField } from '../record.ts';

/** A field that can be taken from the merged record. Its external id stays, so that imports find the kept record. */
export type MergeField = Exclude<EditableField, 'externalId'> | 'state';

/** A claim on one of the two records, and the latest decision of a guardian on it. */
export type MergedClaim = Readonly<{
  profileId: string;
  accountId: string;
  accountName: string;
  accountEmail: string;
  recordId: string;
  relationship: Relationship;
  latestConsentId: string | null;
}>;

export type MergePlan = Readonly<{
  kept: ListedRecord;
  other: ListedRecord;
  differing: MergeField[];
  claims: MergedClaim[];
  /** Why the records can't be merged, as sentences. */
  conflicts: string[];
}>;

/** Plans a merge, for the preview and for the merge itself. */
export async function planMerge(kept: ListedRecord, other: ListedRecord): Promise<MergePlan> {
  const claims = await listClaims([kept.id, other.id]);
  const fields = differingFields(kept, other).filter((name) => name !== 'externalId');
  return {
    kept,
    other,
    differing: kept.state === other.state ? fields : [...fields, 'state'],
    claims,
    conflicts: [...recordConflicts(kept, other), ...claimConflicts(claims)],
  };
}

/** Pairs of claims by the same account. A merge keeps one of each pair. */
export function findDuplicateClaims(claims: readonly MergedClaim[]): [MergedClaim, MergedClaim][] {
  return claims.flatMap((claim, index) =>
    claims
      .slice(index + 1)
      .filter(({ accountId }) => accountId === claim.accountId)
      .map((second): [MergedClaim, MergedClaim] => [claim, second]),
  );
}

function recordConflicts(kept: ListedRecord, other: ListedRecord): string[] {
  return [
    ...(kept.id === other.id ? [t('alumni:errors.sameRecord')] : []),
    ...[kept, other]
      .filter(({ state }) => state === 'merged')
      .map(({ externalId }) => t('alumni:errors.mergedAlready', { id: externalId })),
  ];
}

function claimConflicts(claims: readonly MergedClaim[]): string[] {
  const selves = claims.filter(({ relationship }) => relationship === 'self');
  const [first, second] = selves;
  const areTwo = first !== undefined && second !== undefined && first.accountId !== second.accountId;
  return [
    ...(areTwo
      ? [t('alumni:errors.twoSelves', { first: first.accountEmail, second: second.accountEmail })]
      : []),
    ...findDuplicateClaims(claims)
      .filter(([first, other]) => first.relationship !== other.relationship)
      .map(([{ accountEmail }]) => t('alumni:errors.selfAndChild', { email: accountEmail })),
  ];
}

function listClaims(recordIds: readonly string[]): Promise<MergedClaim[]> {
  return queryRows<MergedClaim>(
    `select p.id as profile_id, p.account_id, a.name as account_name, a.email as account_email,
       p.alumni_member_id as record_id, p.relationship,
       (select max(c.id) from consents c where c.profile_id = p.id) as latest_consent_id
     from profiles p join accounts a on a.id = p.account_id
     where p.alumni_member_id = any($1::bigint[]) order by p.relationship = 'self' desc, p.id`,
    [recordIds],
  );
}
