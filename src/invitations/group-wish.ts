import { accountWithAddress } from '../accounts/account.ts';
import { actingAs } from '../accounts/guard.ts';
import { recordsForAddress } from '../alumni/record.ts';
import { type Actor, record } from '../audit/audit.ts';
import { inTransaction, row, rows } from '../database.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import type { GroupRole } from '../groups/group.ts';
import { isMember } from '../groups/lists.ts';
import { requireToInvite } from '../groups/rights.ts';
import { enqueue } from '../jobs/queue.ts';
import { readSettings } from '../settings.ts';
import { AlreadyInvited } from './already-invited.ts';
import { openInvitationFor } from './invitation.ts';
import { invite, resend } from './invite.ts';
import { openSql } from './status.ts';

/** An address that somebody who runs a group wishes invited into it. */
export type Wish = Readonly<{
  id: string;
  email: string;
  role: GroupRole;
  wisher: string;
  wishedAt: Date;
}>;

type Answer = 'invited' | 'added' | 'member' | 'busy' | 'unknown' | 'refused';
type Due = Readonly<{ groupId: string; role: GroupRole; email: string; wishedBy: string }>;

const MOST_SHOWN = 50;
const MOST_AT_ONCE = 500;

/**
 * Takes an owner's or admin's wish to invite an address. It is written down and answered by a job, for every address
 * alike, so the answer and its time tell nothing about the address.
 * @throws NotFound, Conflict when the group is archived, Forbidden
 */
export function wishInvited(groupId: string, email: string, role: GroupRole, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    await requireToInvite(groupId, role, actor);
    const accountId = actor.kind === 'account' ? actor.accountId : null;
    const wish = await row<{ id: string }>(
      `insert into group_wishes (group_id, role, email, wished_by) values ($1, $2, $3, $4) returning id`,
      [groupId, role, email, accountId],
    );
    if (!wish) throw new Error('the wish was not stored');
    const event = { action: 'group.invitation-wished', subject: 'group', subjectId: groupId } as const;
    await record(actor, { ...event, detail: { wishId: wish.id, role } });
    await enqueue('answer-group-wish', { wishId: wish.id });
  });
}

/** What was wished for a group lately, the newest first; never what became of it. */
export function wishesOf(groupId: string): Promise<Wish[]> {
  return rows<Wish>(
    `select w.id, w.email, w.role, a.name as wisher, w.wished_at
     from group_wishes w join accounts a on a.id = w.wished_by
     where w.group_id = $1 order by w.id desc limit ${MOST_SHOWN}`,
    [groupId],
  );
}

/** Lets those wishes be answered again that another invitation stood in the way of, once it is settled. */
export function answerBusyWishes(): Promise<void> {
  return inTransaction(async () => {
    const free = await rows<{ id: string }>(
      `select w.id from group_wishes w
       where w.answer = 'busy' and not exists (select from invitations i where i.email = w.email and ${openSql})
       order by w.id limit ${MOST_AT_ONCE}`,
      [],
    );
    for (const { id } of free)
      await enqueue('answer-group-wish', { wishId: id }, { key: `group-wish-${id}` });
  });
}

/** The job: invites those whom the office knows, by an account or a record; nobody else. */
export function answerWish(wishId: string): Promise<void> {
  return inTransaction(async () => {
    const wish = await row<Due>(
      `select group_id, role, email, wished_by from group_wishes
       where id = $1 and (answered_at is null or answer = 'busy') for update`,
      [wishId],
    );
    if (!wish) return;
    const answer = await answerTo(wish);
    await rows(`update group_wishes set answered_at = now(), answer = $2 where id = $1`, [wishId, answer]);
  });
}

async function answerTo(wish: Due): Promise<Answer> {
  const { groupId, role, email, wishedBy } = wish;
  const actor = actingAs(wishedBy, { kind: 'system' });
  try {
    await requireToInvite(groupId, role, actor);
  } catch (error) {
    if (error instanceof Forbidden || error instanceof Conflict || error instanceof NotFound)
      return 'refused';
    throw error;
  }
  const account = await accountWithAddress(email);
  if (!account && (await recordsForAddress(email)).length === 0) return 'unknown';
  if (account && (await isMember(groupId, account.id))) return 'member';
  if (await openInvitationFor(email)) return addToOpen(wish, actor);
  return inviteAnew(wish, actor);
}

async function inviteAnew({ groupId, role, email }: Due, actor: Actor): Promise<Answer> {
  const { invitationDays: validityDays } = await readSettings();
  const usual = { message: null, staffRole: null, delivery: 'mail', replace: false } as const;
  try {
    await invite({ ...usual, email, validityDays, group: { id: groupId, role } }, actor);
    return 'invited';
  } catch (error) {
    // Whoever asked not to be written to is not.
    if (error instanceof AlreadyInvited) return error.earlier.open ? 'busy' : 'refused';
    throw error;
  }
}

// The office's own invitation gets the place as well, unless it promises something else already: that comes first.
async function addToOpen({ groupId, role, email, wishedBy }: Due, actor: Actor): Promise<Answer> {
  const added = await row<{ id: string }>(
    `update invitations i set group_id = $2, group_role = $3, group_invited_by = $4
     where i.email = $1 and i.accepted_at is null and i.revoked_at is null and i.declined_at is null
       and i.group_id is null and i.staff_role is null
     returning i.id`,
    [email, groupId, role, wishedBy],
  );
  if (!added) return 'busy';
  const event = { action: 'invitation.group-added', subject: 'invitation', subjectId: added.id } as const;
  await record(actor, { ...event, detail: { groupId, role } });
  await resend(added.id, 'mail', actor);
  return 'added';
}
