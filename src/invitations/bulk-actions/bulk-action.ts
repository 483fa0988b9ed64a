import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { Account } from '../../accounts/account.ts';
import { type Actor, accountIdOf, recordEvent } from '../../platform/audit/audit.ts';
import { database, inTransaction, NOW, queryRows } from '../../platform/db/database.ts';
import { NotFound } from '../../platform/errors.ts';
import { enqueue } from '../../platform/jobs/queue.ts';
import { isId } from '../../platform/text/text.ts';
import { extendInvitations } from '../extend.ts';
import type { InvitationFilter } from '../filter.ts';
import { MAX_RESENDS_PER_DAY, type SkippedInvitation } from '../operation.ts';
import { resendInvitations } from '../resend.ts';
import { revokeInvitations } from '../revoke.ts';
import { BulkActionTarget, listTargetIdsAfter } from './bulk-action-target.ts';
import { countSelection, type Selection, selectionConditions } from './selection.ts';

export type BulkActionType = 'resend' | 'extend' | 'revoke';

/** An act on many invitations, and how far it has come. */
export class BulkAction extends Model<InferAttributes<BulkAction>, InferCreationAttributes<BulkAction>> {
  declare id: CreationOptional<string>;
  declare type: BulkActionType;
  /** What all of them match; null if single ones were ticked. */
  declare filter: CreationOptional<InvitationFilter | null>;
  declare reason: CreationOptional<string | null>;
  declare days: CreationOptional<number | null>;
  declare createdBy: CreationOptional<string | null>;
  declare ip: CreationOptional<string | null>;
  declare requestId: CreationOptional<string | null>;
  declare createdAt: CreationOptional<Date>;
  /** This and `total` are null until it is settled which ones are meant. */
  declare startedAt: CreationOptional<Date | null>;
  declare finishedAt: CreationOptional<Date | null>;
  declare total: CreationOptional<number | null>;
  declare done: CreationOptional<number>;
  declare skipped: CreationOptional<number>;
  /** It goes by id: everything up to this one is finished. */
  declare lastInvitationId: CreationOptional<string>;

  declare creator?: NonAttribute<Account | null>;
}

BulkAction.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    type: DataTypes.TEXT,
    filter: DataTypes.JSONB,
    reason: DataTypes.TEXT,
    days: DataTypes.INTEGER,
    createdBy: DataTypes.BIGINT,
    ip: DataTypes.INET,
    requestId: DataTypes.TEXT,
    createdAt: DataTypes.DATE,
    startedAt: DataTypes.DATE,
    finishedAt: DataTypes.DATE,
    total: DataTypes.INTEGER,
    done: DataTypes.INTEGER,
    skipped: DataTypes.INTEGER,
    lastInvitationId: DataTypes.BIGINT,
  },
  { sequelize: database, tableName: 'bulk_actions' },
);
BulkAction.belongsTo(Account, { as: 'creator', foreignKey: 'createdBy' });

export type NewBulkAction = Readonly<{
  type: BulkActionType;
  selection: Selection;
  reason: string | null;
  /** By how many days, for `extend` only. */
  days: number | null;
}>;

/** So many are done while one waits for the page. */
const MAX_DONE_IMMEDIATELY = 50;
const CHUNK_SIZE = 1_000;

/** Nobody gets a second mail in so many minutes: two people may press the button, or one twice. */
export const MIN_MINUTES_BETWEEN_RESENDS = 10;

const resendLimits = { minMinutesBetween: MIN_MINUTES_BETWEEN_RESENDS, maxPerDay: MAX_RESENDS_PER_DAY };

type RunChunk = (
  ids: readonly string[],
  act: BulkAction,
  actor: Actor,
) => Promise<{ skipped: SkippedInvitation[] }>;

const runChunkByType: Readonly<Record<BulkActionType, RunChunk>> = {
  resend: (ids, { id: bulkActionId }, actor) =>
    resendInvitations(ids, { delivery: 'mail', ...resendLimits }, actor, { bulkActionId }),
  extend: (ids, { id: bulkActionId, days }, actor) =>
    extendInvitations(ids, days ?? 0, actor, { bulkActionId }),
  revoke: (ids, { id: bulkActionId, reason }, actor) =>
    revokeInvitations(ids, reason, actor, { bulkActionId }),
};

/** Does a small act at once and leaves a large one to the worker. Which ones are meant is settled when it starts. */
export async function startBulkAction(input: NewBulkAction, actor: Actor): Promise<BulkAction> {
  const isSmall = (await countSelection(input.selection)) <= MAX_DONE_IMMEDIATELY;
  const id = await inTransaction(async () => {
    const bulkActionId = await insertBulkAction(input, actor);
    if ('ids' in input.selection || isSmall) await storeTargets(bulkActionId, input.selection);
    if (isSmall) while (await runStep(bulkActionId));
    else await enqueueStep(bulkActionId);
    return bulkActionId;
  });
  return getBulkAction(id);
}

/** The job: one step and, in the same transaction, the job of the next. Run twice, it does nothing twice. */
export function runBulkAction(id: string): Promise<void> {
  return inTransaction(async () => {
    if (await runStep(id)) await enqueueStep(id);
  });
}

/** With its `maker`'s name. @throws NotFound */
export async function getBulkAction(id: string): Promise<BulkAction> {
  const include = { association: 'creator', attributes: ['name'] };
  const found = isId(id) ? await BulkAction.findByPk(id, { include }) : null;
  if (!found) throw new NotFound('There is no such act. What became of one is kept for 90 days.');
  return found;
}

async function insertBulkAction(input: NewBulkAction, actor: Actor): Promise<string> {
  const { type, selection, reason, days } = input;
  const filter = 'filter' in selection ? selection.filter : null;
  const { ip, requestId } = 'ip' in actor ? actor : { ip: null, requestId: null };
  const createdBy = accountIdOf(actor);
  const bulkAction = await BulkAction.create({
    type,
    filter,
    reason,
    days,
    createdBy,
    ip,
    requestId,
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

/** Writes down which ones are meant, as of now. */
async function storeTargets(id: string, selection: Selection): Promise<void> {
  const { sql, bind } = selectionConditions(selection);
  const idPlaceholder = `$${bind.length + 1}`;
  await queryRows(
    `with meant as (
       insert into bulk_action_targets (bulk_action_id, invitation_id)
       select ${idPlaceholder}, i.id from invitations i where ${sql} returning 1)
     update bulk_actions set started_at = now(), total = (select count(*) from meant) where id = ${idPlaceholder}::bigint`,
    [...bind, id],
  );
}

/** @returns whether there may be more to do */
async function runStep(id: string): Promise<boolean> {
  // The lock makes a second run of the job wait, and go on where the first has ended.
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
    actorBehindBulkAction(bulkAction),
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
    `update bulk_action_targets t set skip_reason = given.skip_reason from unnest($2::bigint[], $3::text[]) as given (id, skip_reason)
     where t.bulk_action_id = $1 and t.invitation_id = given.id`,
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
  await recordEvent(actorBehindBulkAction(bulkAction), event);
}

function actorBehindBulkAction({ createdBy: madeBy, ip, requestId }: BulkAction): Actor {
  return madeBy === null ? { kind: 'system' } : { kind: 'account', accountId: madeBy, ip, requestId };
}

function enqueueStep(id: string): Promise<void> {
  return enqueue('run-bulk-action', { bulkActionId: id }, { key: `bulk-action:${id}` });
}
