import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, isInTransaction, row, rows } from '../database.ts';
import { NotFound } from '../errors.ts';
import { enqueue } from '../jobs/queue.ts';
import { isId } from '../text.ts';
import { type BulkVerb, extendAll, resendAll, revokeAll, type Skipped, type SkipReason } from './bulk.ts';
import { conditionsOfSelection, countSelection, type Selection } from './selection.ts';

export type Act = 'resend' | 'extend' | 'revoke';

/** An act on many invitations, and how far it has come. `total` is null until it is settled which ones are meant. */
export type BulkAct = Readonly<{
  id: string;
  act: Act;
  filter: Extract<Selection, { filter: unknown }>['filter'] | null;
  reason: string | null;
  days: number | null;
  madeBy: string | null;
  maker: string | null;
  ip: string | null;
  requestId: string | null;
  createdAt: Date;
  finishedAt: Date | null;
  total: number | null;
  done: number;
  skipped: number;
  lastInvitationId: string;
}>;

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

const verbs: Readonly<Record<Act, BulkVerb>> = { resend: resendAll, extend: extendAll, revoke: revokeAll };

const COLUMNS = `b.id, b.act, b.filter, b.reason, b.days, b.made_by, a.name as maker, host(b.ip) as ip,
  b.request_id, b.created_at, b.finished_at, b.total, b.done, b.skipped,
  b.last_invitation_id`;

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

/** @throws NotFound */
export async function bulkActById(id: string): Promise<BulkAct> {
  const found = isId(id) ? await find(id) : null;
  if (!found) throw new NotFound('There is no such act. What became of one is kept for 90 days.');
  return found;
}

/** How many were skipped, by reason, the most first. */
export function skipCounts(id: string): Promise<{ why: SkipReason; count: number }[]> {
  return rows(
    `select skipped as why, count(*)::int as count from bulk_act_targets
     where bulk_act_id = $1 and skipped is not null group by skipped order by 2 desc, 1`,
    [id],
  );
}

async function create(given: NewBulkAct, actor: Actor): Promise<string> {
  const { act, selection, reason, days } = given;
  const filter = 'filter' in selection ? selection.filter : null;
  const place = 'ip' in actor ? actor : { ip: null, requestId: null };
  const madeBy = actor.kind === 'account' ? actor.accountId : null;
  const created = await row<{ id: string }>(
    `insert into bulk_acts (act, filter, reason, days, made_by, ip, request_id)
     values ($1, $2::jsonb, $3, $4, $5, $6, $7) returning id`,
    [act, filter && JSON.stringify(filter), reason, days, madeBy, place.ip, place.requestId],
  );
  if (!created) throw new Error('the act was not stored');
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
  const act = await find(id);
  if (!act || act.finishedAt !== null) return false;
  if (act.total === null) {
    if (act.filter) await settle(id, { filter: act.filter });
    return true;
  }
  const ids = await nextTargets(act);
  if (ids.length === 0) {
    await finish(act);
    return false;
  }
  const skipped = await verbs[act.act](ids, { ...act, bulkActId: id }, actorOf(act));
  await advance(act, ids, skipped);
  return true;
}

// The lock makes a second run of the job wait, and go on where the first has ended.
function find(id: string): Promise<BulkAct | null> {
  return row<BulkAct>(
    `select ${COLUMNS} from bulk_acts b left join accounts a on a.id = b.made_by where b.id = $1
     ${isInTransaction() ? 'for update of b' : ''}`,
    [id],
  );
}

async function nextTargets(act: BulkAct): Promise<string[]> {
  const targets = await rows<{ id: string }>(
    `select invitation_id as id from bulk_act_targets
     where bulk_act_id = $1 and invitation_id > $2 order by invitation_id limit ${A_STEP}`,
    [act.id, act.lastInvitationId],
  );
  return targets.map(({ id }) => id);
}

async function advance(act: BulkAct, ids: readonly string[], skipped: readonly Skipped[]): Promise<void> {
  await rows(
    `update bulk_act_targets t set skipped = given.why from unnest($2::bigint[], $3::text[]) as given (id, why)
     where t.bulk_act_id = $1 and t.invitation_id = given.id`,
    [act.id, skipped.map(({ id }) => id), skipped.map(({ why }) => why)],
  );
  await rows(
    `update bulk_acts set done = done + $2, skipped = skipped + $3, last_invitation_id = $4 where id = $1`,
    [act.id, ids.length - skipped.length, skipped.length, ids.at(-1)],
  );
}

async function finish(act: BulkAct): Promise<void> {
  await rows(`delete from bulk_act_targets where bulk_act_id = $1 and skipped is null`, [act.id]);
  await rows(`update bulk_acts set finished_at = now() where id = $1`, [act.id]);
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
