import { Guardian } from '../../consents/guardians/guardian.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { saveRecordInput } from '../change.ts';
import { getRecord, type ListedRecord, lockRecords } from '../listed-record.ts';
import { Profile } from '../profile.ts';
import { AlumniRecord } from '../record.ts';
import { mergeSomeoneElse } from '../someone-else.ts';
import {
  findDuplicateClaims,
  type MergedClaim,
  type MergeField,
  type MergePlan,
  planMerge,
} from './merge-plan.ts';

export type MergeChoice = Readonly<{
  /** The fields to take from the merged record. Fields that don't differ are ignored. */
  fromOther: readonly string[];
  /** The version of both records that the page showed, see `ListedRecord.savedAt`. */
  savedAt: Readonly<{ kept: string; other: string }>;
}>;

/** What merging two records would do. @throws NotFound */
export async function previewMerge(keptId: string, otherId: string): Promise<MergePlan> {
  return planMerge(await getRecord(keptId), await getRecord(otherId));
}

/**
 * Merges one record into another. Claims move with their guardians and consents, so do the answers “someone else”, the
 * chosen fields are copied, and the merged record stays inactive for later imports. Does nothing if either record has changed since it was shown.
 * @returns whether the records were merged
 * @throws NotFound, Conflict if the records can't belong to one person
 */
export function mergeRecords(
  keptId: string,
  otherId: string,
  { fromOther, savedAt }: MergeChoice,
  actor: Actor,
): Promise<boolean> {
  return inTransaction(async () => {
    const [kept, other] = await lockRecords([keptId, otherId]);
    if (!kept || !other) throw new Error('lockRecords returned too few records');
    const where = { alumniMemberId: [keptId, otherId] };
    await Profile.findAll({ attributes: ['id'], where, order: ['id'], lock: true });
    const plan = await planMerge(kept, other);
    if (plan.conflicts.length > 0) throw new Conflict(plan.conflicts.join(' '));
    if (kept.savedAt !== savedAt.kept || other.savedAt !== savedAt.other) return false;
    const fieldsFromOther = plan.differing.filter((name) => fromOther.includes(name));
    const moved = await moveClaims(plan);
    await mergeSomeoneElse(keptId, otherId);
    await markMerged(kept, other);
    await saveMergedFields(kept, other, fieldsFromOther);
    await recordMergeEvents(plan, { fieldsFromOther, ...moved }, actor);
    return true;
  });
}

type MovedProfiles = Readonly<{ movedProfiles: string[]; droppedProfiles: string[] }>;

async function moveClaims({ kept, other, claims }: MergePlan): Promise<MovedProfiles> {
  const dropped: string[] = [];
  for (const pair of findDuplicateClaims(claims)) {
    const [keptClaim, droppedClaim] = orderByLatestConsent(pair, kept.id);
    await mergeProfiles(keptClaim.profileId, droppedClaim.profileId);
    dropped.push(droppedClaim.profileId);
  }
  const [, moved] = await Profile.update(
    { alumniMemberId: kept.id },
    { where: { alumniMemberId: other.id }, returning: ['id'] },
  );
  return { movedProfiles: moved.map(({ id }) => id), droppedProfiles: dropped };
}

// The claim with the latest decision of a guardian is kept, or otherwise the kept record's.
function orderByLatestConsent(
  [first, second]: [MergedClaim, MergedClaim],
  keptId: string,
): [MergedClaim, MergedClaim] {
  const latestConsent = (claim: MergedClaim) => Number(claim.latestConsentId ?? 0);
  const isSecondKept =
    latestConsent(first) === latestConsent(second)
      ? second.recordId === keptId
      : latestConsent(second) > latestConsent(first);
  return isSecondKept ? [second, first] : [first, second];
}

/** Moves guardians and the stated year to the kept profile. Consents can't change, so they keep the dropped id. */
async function mergeProfiles(keptId: string, droppedId: string): Promise<void> {
  const ids = [keptId, droppedId];
  await queryRows(
    `update guardians set superseded_at = now() where profile_id = $2 and superseded_at is null
       and exists (select from guardians g where g.profile_id = $1 and g.superseded_at is null)`,
    ids,
  );
  await Guardian.update({ profileId: keptId }, { where: { profileId: droppedId } });
  await queryRows(
    `update profiles p set stated_year_of_birth = coalesce(p.stated_year_of_birth, d.stated_year_of_birth)
     from profiles d where p.id = $1 and d.id = $2`,
    ids,
  );
  await Profile.destroy({ where: { id: droppedId } });
}

async function markMerged(kept: ListedRecord, other: ListedRecord): Promise<void> {
  await AlumniRecord.update(
    { active: false, mergedInto: kept.id, mergedAt: NOW, updatedAt: NOW },
    { where: { id: other.id } },
  );
  await AlumniRecord.update({ mergedInto: kept.id, updatedAt: NOW }, { where: { mergedInto: other.id } });
}

async function saveMergedFields(
  kept: ListedRecord,
  other: ListedRecord,
  fieldsFromOther: readonly MergeField[],
): Promise<void> {
  const from = (name: MergeField) => (fieldsFromOther.includes(name) ? other : kept);
  await saveRecordInput(kept.id, {
    externalId: kept.externalId,
    firstName: from('firstName').firstName,
    lastName: from('lastName').lastName,
    formerName: from('formerName').formerName,
    email: from('email').email,
    batch: from('batch').batch,
    center: from('center').center,
    yearOfBirth: from('yearOfBirth').yearOfBirth,
    language: from('language').language,
  });
  if (!fieldsFromOther.includes('state')) return;
  await AlumniRecord.update(
    { active: other.state === 'active', deceased: other.state === 'deceased', updatedAt: NOW },
    { where: { id: kept.id } },
  );
}

async function recordMergeEvents(
  { kept, other }: MergePlan,
  detail: MovedProfiles & { fieldsFromOther: readonly MergeField[] },
  actor: Actor,
): Promise<void> {
  const common = { subject: 'alumni-record' } as const;
  const mergedFromEvent = { ...common, action: 'alumni-record.merged-from', subjectId: kept.id } as const;
  await recordEvent(actor, { ...mergedFromEvent, detail: { recordId: other.id, ...detail } });
  const mergedIntoEvent = { ...common, action: 'alumni-record.merged-into', subjectId: other.id } as const;
  await recordEvent(actor, { ...mergedIntoEvent, detail: { mergedInto: kept.id } });
}
