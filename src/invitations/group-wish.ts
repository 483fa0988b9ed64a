import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  type NonAttribute,
  Op,
} from 'sequelize';
import { Account, accountWithAddress } from '../accounts/account.ts';
import { actingAs } from '../accounts/guard.ts';
import { recordsForAddress } from '../alumni/record.ts';
import { type Actor, record } from '../audit/audit.ts';
import { database, inTransaction, NOW, rows } from '../database.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import type { GroupRole } from '../groups/group.ts';
import { isMember } from '../groups/lists.ts';
import { requireToInvite } from '../groups/rights.ts';
import { enqueue } from '../jobs/queue.ts';
import { readSettings } from '../settings.ts';
import { eligibilityOf } from './eligibility.ts';
import { Invitation, openInvitationFor } from './invitation.ts';
import { inviteOne } from './invite.ts';
import { NotEligible } from './not-eligible.ts';
import { resend } from './resend.ts';
import { openSql } from './status.ts';

/**
 * `added`: to the open invitation of the address. `busy`: that one stands in the way. `unknown`: the office knows nobody of
 * the address. `refused`: the person doesn't want it, or the right to invite has gone.
 */
type Answer = 'invited' | 'added' | 'member' | 'busy' | 'unknown' | 'refused';

/** An address that somebody who runs a group wishes invited into it. */
export class Wish extends Model<InferAttributes<Wish>, InferCreationAttributes<Wish>> {
  declare id: CreationOptional<string>;
  declare groupId: string;
  declare role: GroupRole;
  declare email: string;
  declare wishedBy: string;
  declare wishedAt: CreationOptional<Date>;
  declare answeredAt: CreationOptional<Date | null>;
  declare answer: CreationOptional<Answer | null>;

  declare wisher?: NonAttribute<Account>;
}

Wish.init(
  {
    id: { type: DataTypes.BIGINT, primaryKey: true, autoIncrement: true },
    groupId: DataTypes.BIGINT,
    role: DataTypes.TEXT,
    email: DataTypes.CITEXT,
    wishedBy: DataTypes.BIGINT,
    wishedAt: DataTypes.DATE,
    answeredAt: DataTypes.DATE,
    answer: DataTypes.TEXT,
  },
  { sequelize: database, tableName: 'group_wishes' },
);
Wish.belongsTo(Account, { as: 'wisher', foreignKey: 'wishedBy' });

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
    if (actor.kind !== 'account') throw new Error('only somebody with an account has wishes');
    const wish = await Wish.create({ groupId, role, email, wishedBy: actor.accountId });
    const event = { action: 'group.invitation-wished', subject: 'group', subjectId: groupId } as const;
    await record(actor, { ...event, detail: { wishId: wish.id, role } });
    await enqueue('answer-group-wish', { wishId: wish.id });
  });
}

/** What was wished for a group lately, the newest first, with the `wisher`'s name; never what became of it. */
export function wishesOf(groupId: string): Promise<Wish[]> {
  return Wish.findAll({
    attributes: ['email', 'role', 'wishedAt'],
    where: { groupId },
    include: { association: 'wisher', attributes: ['name'] },
    order: [['id', 'DESC']],
    limit: MOST_SHOWN,
  });
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
    const where = { id: wishId, [Op.or]: [{ answeredAt: null }, { answer: 'busy' as const }] };
    const wish = await Wish.findOne({ where, lock: true });
    if (!wish) return;
    const answer = await answerTo(wish);
    await Wish.update({ answeredAt: NOW, answer }, { where: { id: wishId } });
  });
}

async function answerTo(wish: Wish): Promise<Answer> {
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
  const [reasons = []] = await eligibilityOf([{ email, groupId }]);
  if (reasons.some(({ severity }) => severity === 'blocked')) return 'refused';
  if (await openInvitationFor(email)) return addToOpen(wish, actor);
  return inviteAnew(wish, actor);
}

async function inviteAnew({ groupId, role, email }: Wish, actor: Actor): Promise<Answer> {
  const { invitationDays: validityDays } = await readSettings();
  const given = {
    email,
    message: null,
    validityDays,
    delivery: 'mail',
    group: { id: groupId, role },
  } as const;
  try {
    await inviteOne(given, actor);
    return 'invited';
  } catch (error) {
    // Owners of a group don't see the warnings, so they can't override them.
    if (error instanceof NotEligible)
      return error.reasons.some(({ name }) => name === 'open') ? 'busy' : 'refused';
    throw error;
  }
}

// The office's own invitation gets the place as well, unless it promises something else already: that comes first.
async function addToOpen({ groupId, role, email, wishedBy }: Wish, actor: Actor): Promise<Answer> {
  const [, [added]] = await Invitation.scope('open').update(
    { groupId, groupRole: role, groupInvitedBy: wishedBy },
    { where: { email, groupId: null, staffRole: null }, returning: ['id'] },
  );
  if (!added) return 'busy';
  const event = { action: 'invitation.group-added', subject: 'invitation', subjectId: added.id } as const;
  await record(actor, { ...event, detail: { groupId, role } });
  await resend([added.id], { delivery: 'mail' }, actor);
  return 'added';
}
