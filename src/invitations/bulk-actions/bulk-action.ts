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
  declare act: BulkActionType;
  /** What all of them match; null if single ones were ticked. */
  declare filter: CreationOptional<InvitationFilter | null>;
  declare reason: CreationOptional<string | null>;
  declare days: CreationOptional<number | null>;
  declare madeBy: CreationOptional<string | null>;
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

  declare maker?: NonAttribute<Account | null>;
}

BulkAction.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    act: DataTypes.TEXT,
    filter: DataTypes.JSONB,
    reason: DataTypes.TEXT,
    days: DataTypes.INTEGER,
    madeBy: DataTypes.BIGINT,
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
  { sequelize: database, tableName: 'bulk_acts' },
);
BulkAction.belongsTo(Account, { as: 'maker', foreignKey: 'madeBy' });

export type NewBulkAction = Readonly<{
  act: BulkActionType;
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
  resend: (ids, { id: bulkActId }, actor) =>
    resendInvitations(ids, { delivery: 'mail', ...resendLimits }, actor, { bulkActId }),
  extend: (ids, { id: bulkActId, days }, actor) => extendInvitations(ids, days ?? 0, actor, { bulkActId }),
  revoke: (ids, { id: bulkActId, reason }, actor) => revokeInvitations(ids, reason, actor, { bulkActId }),
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
  const include = { association: 'maker', attributes: ['name'] };
  const found = isId(id) ? await BulkAction.findByPk(id, { include }) : null;
  if (!found) throw new NotFound('There is no such act. What became of one is kept for 90 days.');
  return found;
}

async function insertBulkAction(input: NewBulkAction, actor: Actor): Promise<string> {
  const { act: type, selection, reason, days } = input;
  const filter = 'filter' in selection ? selection.filter : null;
  const { ip, requestId } = 'ip' in actor ? actor : { ip: null, requestId: null };
  const createdBy = accountIdOf(actor);
  const bulkAction = await BulkAction.create({
    act: type,
    filter,
    reason,
    days,
    madeBy: createdBy,
    ip,
    requestId,
  });
  const detail = {
    act: type,
    reason,
    days,
    ...('ids' in selection ? { ticked: selection.ids.length } : { filter }),
  };
  await recordEvent(actor, {
    action: 'bulk-act.started',
    subject: 'bulk-act',
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
       insert into bulk_act_targets (bulk_act_id, invitation_id)
       select ${idPlaceholder}, i.id from invitations i where ${sql} returning 1)
     update bulk_acts set started_at = now(), total = (select count(*) from meant) where id = ${idPlaceholder}::bigint`,
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
  const { skipped } = await runChunkByType[bulkAction.act](
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
    `update bulk_act_targets t set skipped = given.why from unnest($2::bigint[], $3::text[]) as given (id, why)
     where t.bulk_act_id = $1 and t.invitation_id = given.id`,
    [bulkAction.id, skipped.map(({ id }) => id), skipped.map(({ why }) => why)],
  );
  await bulkAction.update({
    done: bulkAction.done + ids.length - skipped.length,
    skipped: bulkAction.skipped + skipped.length,
    lastInvitationId: ids.at(-1) ?? bulkAction.lastInvitationId,
  });
}

async function finishBulkAction(bulkAction: BulkAction): Promise<void> {
  await BulkActionTarget.destroy({ where: { bulkActId: bulkAction.id, skipped: null } });
  await BulkAction.update({ finishedAt: NOW }, { where: { id: bulkAction.id } });
  const detail = { done: bulkAction.done, skipped: bulkAction.skipped };
  const event = {
    action: 'bulk-act.finished',
    subject: 'bulk-act',
    subjectId: bulkAction.id,
    detail,
  } as const;
  await recordEvent(actorBehindBulkAction(bulkAction), event);
}

function actorBehindBulkAction({ madeBy, ip, requestId }: BulkAction): Actor {
  return madeBy === null ? { kind: 'system' } : { kind: 'account', accountId: madeBy, ip, requestId };
}

function enqueueStep(id: string): Promise<void> {
  return enqueue('run-bulk-action', { bulkActionId: id }, { key: `bulk-action:${id}` });
}
