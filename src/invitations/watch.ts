import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, record } from '../audit/audit.ts';
import { database, inTransaction, rows } from '../database.ts';
import { Forbidden } from '../errors.ts';
import { queueMail } from '../mail/messages.ts';
import { invitationById } from './invitation.ts';

/** The inviter wants to hear by mail of an acceptance, and of a mail that can't be delivered: each once. */
export class Watch extends Model<InferAttributes<Watch>, InferCreationAttributes<Watch>> {
  declare invitationId: string;
  declare since: CreationOptional<Date>;
  declare acceptanceToldAt: CreationOptional<Date | null>;
  declare faultToldAt: CreationOptional<Date | null>;
}

Watch.init(
  {
    invitationId: { type: DataTypes.BIGINT, primaryKey: true },
    since: DataTypes.DATE,
    acceptanceToldAt: DataTypes.DATE,
    faultToldAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'invitation_watches' },
);

/** Begins or ends the watch of an invitation. @throws NotFound, Forbidden for whoever did not make it */
export function watch(invitationId: string, wanted: boolean, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const { id, invitedBy } = await invitationById(invitationId);
    if (invitedBy === null || actor.kind !== 'account' || actor.accountId !== invitedBy)
      throw new Forbidden('Only whoever invited the person is told by mail.');
    const changed = wanted ? await startWatches([id]) : await endWatch(id);
    if (changed === 0) return;
    const action = wanted ? 'invitation.watched' : 'invitation.unwatched';
    await record(actor, { action, subject: 'invitation', subjectId: id });
  });
}

/** @returns how many were not watched before */
export async function startWatches(invitationIds: readonly string[]): Promise<number> {
  if (invitationIds.length === 0) return 0;
  const started = await rows(
    'insert into invitation_watches (invitation_id) select unnest($1::bigint[]) on conflict do nothing returning 1',
    [invitationIds],
  );
  return started.length;
}

function endWatch(invitationId: string): Promise<number> {
  return Watch.destroy({ where: { invitationId } });
}

export function watchOf(invitationId: string): Promise<Watch | null> {
  return Watch.findByPk(invitationId);
}

type Told = Readonly<{ id: string; to: string; reference: string; accountId: string }>;

// Whoever left the staff since is told nothing more.
const INVITER = `a.id = i.invited_by and a.staff_role is not null and a.suspended_at is null`;
const TOLD = `i.id, a.email as to, i.reference, a.id as account_id`;

/** Tells the inviter who wished so, in the transaction of the acceptance. */
export async function tellOfAcceptance(invitationId: string): Promise<void> {
  const told = await rows<Told>(
    `update invitation_watches w set acceptance_told_at = now() from invitations i, accounts a
     where w.invitation_id = $1 and i.id = w.invitation_id and w.acceptance_told_at is null and ${INVITER}
     returning ${TOLD}`,
    [invitationId],
  );
  await mail('invitation-accepted', told);
}

/** Tells the inviters who wished so of mails that can't be delivered: once for each that is bounced or given up. */
export function tellOfFaults(): Promise<void> {
  return inTransaction(async () => {
    const told = await rows<Told>(
      `update invitation_watches w set fault_told_at = now() from invitations i, accounts a
       where i.id = w.invitation_id and coalesce(i.bounced_at, i.failed_at) > coalesce(w.fault_told_at, '-infinity')
         and ${INVITER}
       returning ${TOLD}`,
      [],
    );
    await mail('invitation-bounced', told);
  });
}

async function mail(template: string, told: readonly Told[]): Promise<void> {
  for (const { id, to, reference, accountId } of told) {
    const about = { subjectId: id, reference, invitationId: id, accountId };
    await queueMail({ template, to, ...about });
  }
}
