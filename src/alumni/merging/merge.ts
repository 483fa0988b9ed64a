import { Guardian } from '../../consents/guardians/guardian.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../../platform/db/database.ts';
import { Conflict } from '../../platform/errors.ts';
import { saveRecordInput } from '../change.ts';
import { getRecord, type ListedRecord, lockRecords } from '../listed-record.ts';
import { Profile } from '../profile.ts';
import { AlumniRecord } from '../record.ts';
import {
  findDuplicateClaims,
  type MergedClaim,
  type MergeField,
  type MergePlan,
  planMerge,
} from './merge-plan.ts';

export type MergeChoice = Readonly<{
  /** The names of the facts that are taken from the record that goes; those in which the two agree mean nothing. */
  fromOther: readonly string[];
  /** Both records as they were shown, see `ListedRecord.savedAt`. */
  savedAt: Readonly<{ kept: string; other: string }>;
}>;

/** What merging two records would do, before anybody does it. @throws NotFound */
export async function previewMerge(keptId: string, otherId: string): Promise<MergePlan> {
  return planMerge(await getRecord(keptId), await getRecord(otherId));
}

/**
 * Merges one record into another: claims move with their guardians and consents, the facts are those that were chosen, and
 * the other record stays as a sign-post for imports. Nothing is done when either isn't any more as it was shown.
 * @returns whether it was done
 * @throws NotFound, Conflict when the two can't be one person
 */
export function mergeRecords(
  keptId: string,
  otherId: string,
  { fromOther, savedAt }: MergeChoice,
  actor: Actor,
): Promise<boolean> {
  return inTransaction(async () => {
    const [kept, other] = await lockRecords([keptId, otherId]);
    if (!kept || !other) throw new Error('the records were not held');
    const where = { alumniMemberId: [keptId, otherId] };
    await Profile.findAll({ attributes: ['id'], where, order: ['id'], lock: true });
    const plan = await planMerge(kept, other);
    if (plan.conflicts.length > 0) throw new Conflict(plan.conflicts.join(' '));
    if (kept.savedAt !== savedAt.kept || other.savedAt !== savedAt.other) return false;
    const fieldsFromOther = plan.differing.filter((name) => fromOther.includes(name));
    const moved = await moveClaims(plan);
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

// What a guardian said last counts, whichever of the two it was about; else the kept record's stays.
function orderByLatestConsent(
  [first, second]: [MergedClaim, MergedClaim],
  keptId: string,
): [MergedClaim, MergedClaim] {
  const newest = (claim: MergedClaim) => Number(claim.latestConsentId ?? 0);
  const isSecond =
    newest(first) === newest(second) ? second.recordId === keptId : newest(second) > newest(first);
  return isSecond ? [second, first] : [first, second];
}

/** One profile takes over what hangs on another one of the same account. Consents are never changed: they keep its id. */
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
  await AlumniRecord.update({ mergedInto: kept.id }, { where: { mergedInto: other.id } });
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
    email: from('email').email,
    batch: from('batch').batch,
    center: from('center').center,
    yearOfBirth: from('yearOfBirth').yearOfBirth,
  });
  if (!fieldsFromOther.includes('state')) return;
  await AlumniRecord.update(
    { active: other.state === 'active', deceased: other.state === 'deceased' },
    { where: { id: kept.id } },
  );
}

async function recordMergeEvents(
  { kept, other }: MergePlan,
  done: MovedProfiles & { fieldsFromOther: readonly MergeField[] },
  actor: Actor,
): Promise<void> {
  const subject = { subject: 'alumni-record' } as const;
  const mergedFromEvent = { ...subject, action: 'alumni-record.merged-from', subjectId: kept.id } as const;
  await recordEvent(actor, { ...mergedFromEvent, detail: { recordId: other.id, ...done } });
  const mergedIntoEvent = { ...subject, action: 'alumni-record.merged-into', subjectId: other.id } as const;
  await recordEvent(actor, { ...mergedIntoEvent, detail: { mergedInto: kept.id } });
}
