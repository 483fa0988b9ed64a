import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { type Actor, recordEvent } from '../platform/audit/audit.ts';
import { database, inTransaction, queryRows } from '../platform/db/database.ts';
import { Forbidden } from '../platform/errors.ts';
import { t } from '../platform/i18n/i18n.ts';
import { queueMail } from '../platform/mail/messages.ts';
import { getInvitation } from './invitation.ts';

/** The inviter asked for a mail when the invitation is accepted, and one when a mail can't be delivered. */
export class InviterNotification extends Model<
  InferAttributes<InviterNotification>,
  InferCreationAttributes<InviterNotification>
> {
  declare invitationId: string;
  declare createdAt: CreationOptional<Date>;
  declare acceptanceNotifiedAt: CreationOptional<Date | null>;
  declare failureNotifiedAt: CreationOptional<Date | null>;
}

InviterNotification.init(
  {
    invitationId: { type: DataTypes.BIGINT, primaryKey: true },
    createdAt: DataTypes.DATE,
    acceptanceNotifiedAt: DataTypes.DATE,
    failureNotifiedAt: DataTypes.DATE,
  },
  { sequelize: database, tableName: 'inviter_notifications' },
);

/** Turns the notifications of an invitation on or off. @throws NotFound; Forbidden for everyone but the inviter */
export function setInviterNotification(invitationId: string, enabled: boolean, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    const { id, invitedBy } = await getInvitation(invitationId);
    if (invitedBy === null || actor.kind !== 'account' || actor.accountId !== invitedBy)
      throw new Forbidden(t('invitations:errors.onlyInviterNotified'));
    const changed = enabled ? await enableInviterNotifications([id]) : await disableInviterNotification(id);
    if (changed === 0) return;
    const action = enabled ? 'invitation.notifications-enabled' : 'invitation.notifications-disabled';
    await recordEvent(actor, { action, subject: 'invitation', subjectId: id });
  });
}

/** @returns the number of invitations for which they were off before */
export async function enableInviterNotifications(invitationIds: readonly string[]): Promise<number> {
  if (invitationIds.length === 0) return 0;
  const enabled = await queryRows(
    'insert into inviter_notifications (invitation_id) select unnest($1::bigint[]) on conflict do nothing returning 1',
    [invitationIds],
  );
  return enabled.length;
}

function disableInviterNotification(invitationId: string): Promise<number> {
  return InviterNotification.destroy({ where: { invitationId } });
}

export function findInviterNotification(invitationId: string): Promise<InviterNotification | null> {
  return InviterNotification.findByPk(invitationId);
}

type NotifiedInviter = Readonly<{ id: string; to: string; reference: string; accountId: string }>;

// People who have left the staff are no longer notified.
const ACTIVE_INVITER_SQL = `a.id = i.invited_by and a.staff_role is not null and a.suspended_at is null`;
const NOTIFIED_INVITER_COLUMNS = `i.id, a.email as to, i.reference, a.id as account_id`;

/** Notifies the inviter if they asked for it. Runs in the transaction of the acceptance. */
export async function notifyInviterOfAcceptance(invitationId: string): Promise<void> {
  const inviters = await queryRows<NotifiedInviter>(
    `update inviter_notifications n set acceptance_notified_at = now() from invitations i, accounts a
     where n.invitation_id = $1 and i.id = n.invitation_id and n.acceptance_notified_at is null and ${ACTIVE_INVITER_SQL}
     returning ${NOTIFIED_INVITER_COLUMNS}`,
    [invitationId],
  );
  await queueInviterMails('invitation-accepted', inviters);
}

/** Notifies inviters of each new bounce or failed mail, if they asked for it. */
export function notifyInvitersOfFailures(): Promise<void> {
  return inTransaction(async () => {
    const inviters = await queryRows<NotifiedInviter>(
      `update inviter_notifications n set failure_notified_at = now() from invitations i, accounts a
       where i.id = n.invitation_id and coalesce(i.bounced_at, i.failed_at) > coalesce(n.failure_notified_at, '-infinity')
         and ${ACTIVE_INVITER_SQL}
       returning ${NOTIFIED_INVITER_COLUMNS}`,
      [],
    );
    await queueInviterMails('invitation-bounced', inviters);
  });
}

async function queueInviterMails(template: string, inviters: readonly NotifiedInviter[]): Promise<void> {
  for (const { id, to, reference, accountId } of inviters) {
    const references = { subjectId: id, reference, invitationId: id, accountId };
    await queueMail({ template, to, ...references });
  }
}
