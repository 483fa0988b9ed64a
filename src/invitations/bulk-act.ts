import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
} from 'sequelize';
import { Account } from '../accounts/account.ts';
import { type Actor, accountIn, record } from '../audit/audit.ts';
import { database, inTransaction, NOW, rows } from '../database.ts';
import { NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { isId } from '../text.ts';
import { BulkActTarget, targetsAfter } from './bulk-act-target.ts';
import { extend } from './extend.ts';
import type { InvitationFilter } from './filter.ts';
import { MOST_RESENDS_A_DAY, type Skipped } from './held.ts';
import { resend } from './resend.ts';
import { revoke } from './revoke.ts';
import { conditionsOfSelection, countSelection, type Selection } from './selection.ts';

export type Act = 'resend' | 'extend' | 'revoke';

/** An act on many invitations, and how far it has come. */
export class BulkAct extends Model<InferAttributes<BulkAct>, InferCreationAttributes<BulkAct>> {
  declare id: CreationOptional<string>;
  declare act: Act;
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

BulkAct.init(
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
BulkAct.belongsTo(Account, { as: 'maker', foreignKey: 'madeBy' });

export type NewBulkAct = Readonly<{
  act: Act;
  selection: Selection;
  reason: string | null;
  /** By how many days, for `extend` only. */
  days: number | null;
}>;

/** So many are done while one waits for the page. */
const AT_ONCE = 50;
const A_STEP = 1_000;

/** Nobody gets a second mail in so many minutes: two people may press the button, or one twice. */
export const MINUTES_BETWEEN_MAILS = 10;

const sparing = { sparedMinutes: MINUTES_BETWEEN_MAILS, mostADay: MOST_RESENDS_A_DAY };

type Step = (ids: readonly string[], act: BulkAct, actor: Actor) => Promise<{ skipped: Skipped[] }>;

const steps: Readonly<Record<Act, Step>> = {
  resend: (ids, { id: bulkActId }, actor) =>
    resend(ids, { delivery: 'mail', ...sparing }, actor, { bulkActId }),
  extend: (ids, { id: bulkActId, days }, actor) => extend(ids, days ?? 0, actor, { bulkActId }),
  revoke: (ids, { id: bulkActId, reason }, actor) => revoke(ids, reason, actor, { bulkActId }),
};

/** Does a small act at once and leaves a large one to the worker. Which ones are meant is settled when it starts. */
export async function startBulkAct(given: NewBulkAct, actor: Actor): Promise<BulkAct> {
  const isSmall = (await countSelection(given.selection)) <= AT_ONCE;
  const id = await inTransaction(async () => {
    const created = await create(given, actor);
    if ('ids' in given.selection || isSmall) await settle(created, given.selection);
    if (isSmall) while (await step(created));
    else await enqueueStep(created);
    return created;
  });
  return bulkActById(id);
}

/** The job: one step and, in the same transaction, the job of the next. Run twice, it does nothing twice. */
export function runBulkAct(id: string): Promise<void> {
  return inTransaction(async () => {
    if (await step(id)) await enqueueStep(id);
  });
}

/** With its `maker`'s name. @throws NotFound */
export async function bulkActById(id: string): Promise<BulkAct> {
  const include = { association: 'maker', attributes: ['name'] };
  const found = isId(id) ? await BulkAct.findByPk(id, { include }) : null;
  if (!found) throw new NotFound('There is no such act. What became of one is kept for 90 days.');
  return found;
}

async function create(given: NewBulkAct, actor: Actor): Promise<string> {
  const { act, selection, reason, days } = given;
  const filter = 'filter' in selection ? selection.filter : null;
  const { ip, requestId } = 'ip' in actor ? actor : { ip: null, requestId: null };
  const madeBy = accountIn(actor);
  const created = await BulkAct.create({ act, filter, reason, days, madeBy, ip, requestId });
  const detail = {
    act,
    reason,
    days,
    ...('ids' in selection ? { ticked: selection.ids.length } : { filter }),
  };
  await record(actor, { action: 'bulk-act.started', subject: 'bulk-act', subjectId: created.id, detail });
  return created.id;
}

/** Writes down which ones are meant, as of now. */
async function settle(id: string, selection: Selection): Promise<void> {
  const { sql, bind } = conditionsOfSelection(selection);
  const place = `$${bind.length + 1}`;
  await rows(
    `with meant as (
       insert into bulk_act_targets (bulk_act_id, invitation_id)
       select ${place}, i.id from invitations i where ${sql} returning 1)
     update bulk_acts set started_at = now(), total = (select count(*) from meant) where id = ${place}::bigint`,
    [...bind, id],
  );
}

/** @returns whether there may be more to do */
async function step(id: string): Promise<boolean> {
  // The lock makes a second run of the job wait, and go on where the first has ended.
  const act = await BulkAct.findByPk(id, { lock: true });
  if (!act || act.finishedAt !== null) return false;
  if (act.total === null) {
    if (act.filter) await settle(id, { filter: act.filter });
    return true;
  }
  const ids = await targetsAfter(act.lastInvitationId, id, A_STEP);
  if (ids.length === 0) {
    await finish(act);
    return false;
  }
  const { skipped } = await steps[act.act](ids, act, actorOf(act));
  await advance(act, ids, skipped);
  return true;
}

async function advance(act: BulkAct, ids: readonly string[], skipped: readonly Skipped[]): Promise<void> {
  await rows(
    `update bulk_act_targets t set skipped = given.why from unnest($2::bigint[], $3::text[]) as given (id, why)
     where t.bulk_act_id = $1 and t.invitation_id = given.id`,
    [act.id, skipped.map(({ id }) => id), skipped.map(({ why }) => why)],
  );
  await act.update({
    done: act.done + ids.length - skipped.length,
    skipped: act.skipped + skipped.length,
    lastInvitationId: ids.at(-1) ?? act.lastInvitationId,
  });
}

async function finish(act: BulkAct): Promise<void> {
  await BulkActTarget.destroy({ where: { bulkActId: act.id, skipped: null } });
  await BulkAct.update({ finishedAt: NOW }, { where: { id: act.id } });
  const detail = { done: act.done, skipped: act.skipped };
  const event = { action: 'bulk-act.finished', subject: 'bulk-act', subjectId: act.id, detail } as const;
  await record(actorOf(act), event);
}

function actorOf({ madeBy, ip, requestId }: BulkAct): Actor {
  return madeBy === null ? { kind: 'system' } : { kind: 'account', accountId: madeBy, ip, requestId };
}

function enqueueStep(id: string): Promise<void> {
  return enqueue('run-bulk-act', { bulkActId: id }, { key: `bulk-act:${id}` });
}
