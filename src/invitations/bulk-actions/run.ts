import {
  type Actor,
  accountIdOf,
  actorFromOrigin,
  originOf,
  recordEvent,
} from '../../platform/audit/audit.ts';
import { inTransaction, NOW, queryRows } from '../../platform/db/database.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { extendInvitations } from '../extend.ts';
import { MAX_RESENDS_PER_DAY, MIN_MINUTES_BETWEEN_RESENDS, type SkippedInvitation } from '../operation.ts';
import { resendInvitations } from '../resend.ts';
import { revokeInvitations } from '../revoke.ts';
import { BulkAction, type BulkActionType, getBulkAction } from './bulk-action.ts';
import { BulkActionTarget, listTargetIdsAfter } from './bulk-action-target.ts';
import { countSelection, type Selection, selectionConditions } from './selection.ts';

export type NewBulkAction = Readonly<{
  type: BulkActionType;
  selection: Selection;
  reason: string | null;
  /** The number of days, for `extend` only. */
  days: number | null;
}>;

/** Up to this many run within the request. */
const MAX_RUN_IMMEDIATELY = 50;
const CHUNK_SIZE = 1_000;

const resendLimits = { minMinutesBetween: MIN_MINUTES_BETWEEN_RESENDS, maxPerDay: MAX_RESENDS_PER_DAY };

type ChunkRunner = (
  ids: readonly string[],
  bulkAction: BulkAction,
  actor: Actor,
) => Promise<{ skipped: SkippedInvitation[] }>;

const runChunkByType: Readonly<Record<BulkActionType, ChunkRunner>> = {
  resend: (ids, { id: bulkActionId }, actor) =>
    resendInvitations(ids, { delivery: 'mail', ...resendLimits }, actor, { bulkActionId }),
  extend: (ids, { id: bulkActionId, days }, actor) =>
    extendInvitations(ids, days ?? 0, actor, { bulkActionId }),
  revoke: (ids, { id: bulkActionId, reason }, actor) =>
    revokeInvitations(ids, reason, actor, { bulkActionId }),
};

/**
 * Starts a bulk action. A small one runs within the request, the worker runs a large one. The targets are those that match
 * when it starts.
 */
export async function startBulkAction(input: NewBulkAction, actor: Actor): Promise<BulkAction> {
  const isSmall = (await countSelection(input.selection)) <= MAX_RUN_IMMEDIATELY;
  const id = await inTransaction(async () => {
    const bulkActionId = await insertBulkAction(input, actor);
    if ('ids' in input.selection || isSmall) await storeTargets(bulkActionId, input.selection);
    if (isSmall) while (await runChunk(bulkActionId));
    else await enqueueNextChunk(bulkActionId);
    return bulkActionId;
  });
  return getBulkAction(id);
}

/** The job: runs one chunk and queues the next in the same transaction, so a repeated job does nothing twice. */
export function runBulkAction(id: string): Promise<void> {
  return inTransaction(async () => {
    if (await runChunk(id)) await enqueueNextChunk(id);
  });
}

async function insertBulkAction(input: NewBulkAction, actor: Actor): Promise<string> {
  const { type, selection, reason, days } = input;
  const filter = 'filter' in selection ? selection.filter : null;
  const bulkAction = await BulkAction.create({
    type,
    filter,
    reason,
    days,
    createdBy: accountIdOf(actor),
    ...originOf(actor),
  });
  const detail = {
    type,
    reason,
    days,
    ...('ids' in selection ? { selected: selection.ids.length } : { filter }),
  };
  await recordEvent(actor, {
    action: 'bulk-action.started',
    subject: 'bulk-action',
    subjectId: bulkAction.id,
    detail,
  });
  return bulkAction.id;
}

/** Stores the invitations that match now. */
async function storeTargets(id: string, selection: Selection): Promise<void> {
  const { sql, bind } = selectionConditions(selection);
  const idPlaceholder = `$${bind.length + 1}`;
  await queryRows(
    `with targets as (
       insert into bulk_action_targets (bulk_action_id, invitation_id)
       select ${idPlaceholder}, i.id from invitations i where ${sql} returning 1)
     update bulk_actions set started_at = now(), total = (select count(*) from targets) where id = ${idPlaceholder}::bigint`,
    [...bind, id],
  );
}

/** @returns whether there may be another chunk */
async function runChunk(id: string): Promise<boolean> {
  // A concurrent run of the job waits for the lock, and continues where this one ends.
  const bulkAction = await BulkAction.findByPk(id, { lock: true });
  if (!bulkAction || bulkAction.finishedAt !== null) return false;
  if (bulkAction.total === null) {
    if (bulkAction.filter) await storeTargets(id, { filter: bulkAction.filter });
    return true;
  }
  const ids = await listTargetIdsAfter(bulkAction.lastInvitationId, id, CHUNK_SIZE);
  if (ids.length === 0) {
    await finishBulkAction(bulkAction);
    return false;
  }
  const { skipped } = await runChunkByType[bulkAction.type](
    ids,
    bulkAction,
    actorFromOrigin(bulkAction, bulkAction.createdBy),
  );
  await recordProgress(bulkAction, ids, skipped);
  return true;
}

async function recordProgress(
  bulkAction: BulkAction,
  ids: readonly string[],
  skipped: readonly SkippedInvitation[],
): Promise<void> {
  await queryRows(
    `update bulk_action_targets t set skip_reason = input.skip_reason
     from unnest($2::bigint[], $3::text[]) as input (id, skip_reason)
     where t.bulk_action_id = $1 and t.invitation_id = input.id`,
    [bulkAction.id, skipped.map(({ id }) => id), skipped.map(({ skipReason }) => skipReason)],
  );
  await bulkAction.update({
    done: bulkAction.done + ids.length - skipped.length,
    skipped: bulkAction.skipped + skipped.length,
    lastInvitationId: ids.at(-1) ?? bulkAction.lastInvitationId,
  });
}

async function finishBulkAction(bulkAction: BulkAction): Promise<void> {
  await BulkActionTarget.destroy({ where: { bulkActionId: bulkAction.id, skipReason: null } });
  await BulkAction.update({ finishedAt: NOW }, { where: { id: bulkAction.id } });
  const detail = { done: bulkAction.done, skipped: bulkAction.skipped };
  const event = {
    action: 'bulk-action.finished',
    subject: 'bulk-action',
    subjectId: bulkAction.id,
    detail,
  } as const;
  await recordEvent(actorFromOrigin(bulkAction, bulkAction.createdBy), event);
}

function enqueueNextChunk(id: string): Promise<void> {
  return enqueue('run-bulk-action', { bulkActionId: id }, { key: `bulk-action:${id}` });
}
