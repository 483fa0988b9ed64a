import { UniqueConstraintError } from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, NOW } from '../database.ts';
import { Conflict, Invalid } from '../errors.ts';
import { liftAll } from '../mail/suppressions.ts';
import { date } from '../web/view.ts';
import { holdRecords, type ListedRecord, recordById } from './listed-record.ts';
import { AlumniRecord, differingFacts, type FactName, factNames, type RecordFacts } from './record.ts';

/** What was changed, or the record as somebody else has saved it since it was shown. */
export type Changed = Readonly<{ facts: FactName[] } | { outdated: ListedRecord }>;

/** Adds a person to the register. @returns the id. @throws Invalid when another record has the external id */
export function createRecord(facts: RecordFacts, actor: Actor): Promise<string> {
  return unlessIdIsTaken(facts.externalId, () =>
    inTransaction(async () => {
      const created = await AlumniRecord.create(facts, { fields: [...factNames] });
      await note('created', created.id, actor);
      return created.id;
    }),
  );
}

/**
 * Changes what the office says of a person. Nothing is changed when the record isn't any more as it was shown
 * (`savedAt`).
 * @throws NotFound, Invalid when another record has the external id, Conflict when the record was merged away
 */
export function changeRecord(
  id: string,
  facts: RecordFacts,
  savedAt: string,
  actor: Actor,
): Promise<Changed> {
  return unlessIdIsTaken(facts.externalId, () =>
    inTransaction(async (): Promise<Changed> => {
      const before = await holdRecord(id);
      const changed = differingFacts(before, facts);
      if (changed.length === 0) return { facts: [] };
      if (before.savedAt !== savedAt) return { outdated: before };
      await saveFacts(id, facts);
      await note('changed', id, actor, { columns: changed });
      return { facts: changed };
    }),
  );
}

/** Writes all facts; whoever calls holds the record and notes it. */
export async function saveFacts(id: string, facts: RecordFacts): Promise<void> {
  await AlumniRecord.update(
    { ...facts, updatedAt: NOW },
    { where: { id }, fields: [...factNames, 'updatedAt'] },
  );
}

/** Takes a person out of what is matched; what is known stays. @throws NotFound, Conflict */
export function deactivate(id: string, actor: Actor): Promise<ListedRecord> {
  return inTransaction(async () => {
    const before = await holdRecord(id);
    if (before.state !== 'active')
      throw new Conflict(
        `This record is ${before.state === 'deceased' ? 'of a person who died' : 'inactive'} already.`,
      );
    await AlumniRecord.update({ active: false, updatedAt: NOW }, { where: { id } });
    await note('deactivated', id, actor);
    return before;
  });
}

/** Notes that a person has died, inside a larger change. @throws NotFound, Conflict */
export async function noteDeath(id: string, actor: Actor): Promise<ListedRecord> {
  const before = await holdRecord(id);
  if (before.state === 'deceased') throw new Conflict('This person is marked as deceased already.');
  await AlumniRecord.update({ deceased: true, updatedAt: NOW }, { where: { id } });
  await note('marked-deceased', id, actor);
  return before;
}

/** Takes either back: the person can be matched and invited again. @throws NotFound, Conflict */
export function reactivate(id: string, actor: Actor): Promise<ListedRecord> {
  return inTransaction(async () => {
    const before = await holdRecord(id);
    if (before.state === 'active') throw new Conflict('This record is active.');
    await AlumniRecord.update({ active: true, deceased: false, updatedAt: NOW }, { where: { id } });
    if (before.email) await liftAll(before.email, ['deceased'], 'The record was made active again', actor);
    await note('reactivated', id, actor, { was: before.state });
    return before;
  });
}

async function holdRecord(id: string): Promise<ListedRecord> {
  const [held] = await holdRecords([id]);
  if (!held) throw new Error('the record was not held');
  if (held.mergedAt === null) return held;
  const into = await recordById(held.mergedInto ?? '');
  throw new Conflict(
    `This record was merged into “${into.externalId}” on ${date(held.mergedAt)} and is not changed any more.`,
  );
}

async function unlessIdIsTaken<Result>(externalId: string, change: () => Promise<Result>): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    throw new Invalid({ externalId: `Another record has the id “${externalId}” already.` });
  }
}

function note(
  what: string,
  subjectId: string,
  actor: Actor,
  detail: Record<string, unknown> = {},
): Promise<void> {
  return record(actor, { action: `alumni-member.${what}`, subject: 'alumni-member', subjectId, detail });
}
