import { randomUUID } from 'node:crypto';
import {
  type CreationOptional,
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
  Op,
} from 'sequelize';
import { type FoundLink, InvitationLink } from '../../invitations/link.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { isValidMailboxCode } from '../../platform/crypto/signed-links.ts';
import { database, inTransaction, NOW, queryRow, queryRows } from '../../platform/db/database.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { t } from '../../platform/i18n/i18n.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import { toAsciiDigits } from '../../platform/text/text.ts';

export const CODE_VALID_MINUTES = 10;
export const MAX_CODE_ATTEMPTS = 5;

/** A code that was mailed to an invited address. It is derived from its id and the key ring, and is not stored. */
export class MailboxCode extends Model<InferAttributes<MailboxCode>, InferCreationAttributes<MailboxCode>> {
  declare id: string;
  declare linkId: string;
  declare createdAt: CreationOptional<Date>;
  declare expiresAt: Date;
  declare attempts: CreationOptional<number>;
  declare usedAt: CreationOptional<Date | null>;
}

MailboxCode.init(
  {
    id: { type: DataTypes.UUID, primaryKey: true },
    linkId: DataTypes.UUID,
    createdAt: DataTypes.DATE,
    expiresAt: DataTypes.DATE,
    attempts: DataTypes.INTEGER,
    usedAt: DataTypes.DATE,
  },
  {
    sequelize: database,
    tableName: 'mailbox_codes',
    scopes: { valid: { where: { usedAt: null, expiresAt: { [Op.gt]: NOW } } } },
  },
);

/**
 * Mails a 6-digit code to the invited address, so that the holder of a shared link can prove that the mailbox is theirs.
 * @throws InvalidInput if a code was sent less than a minute ago
 */
export function sendMailboxCode(link: FoundLink, actor: Actor): Promise<void> {
  return inTransaction(async () => {
    // The lock on the link serialises concurrent requests.
    await InvitationLink.findByPk(link.linkId, { lock: true });
    const recentCode = await queryRow(
      `select 1 from mailbox_codes where link_id = $1 and created_at > now() - interval '1 minute'`,
      [link.linkId],
    );
    if (recentCode)
      throw new InvalidInput({
        code: t('registration:code.errors.tooSoon'),
      });
    const codeId = randomUUID();
    await queryRows(
      `insert into mailbox_codes (id, link_id, expires_at) values ($1, $2, now() + make_interval(mins => $3))`,
      [codeId, link.linkId, CODE_VALID_MINUTES],
    );
    const { email: to, invitationId, reference } = link;
    await queueMail({
      template: 'mailbox-code',
      to,
      subjectId: codeId,
      invitationId,
      reference,
      isRequested: true,
    });
    const event = { action: 'invitation.code-sent', subject: 'invitation', subjectId: invitationId } as const;
    await recordEvent(actor, event);
  });
}

/** Whether a code was sent for this link that can still be entered. */
export async function hasUsableCode(linkId: string): Promise<boolean> {
  const where = { linkId, attempts: { [Op.lt]: MAX_CODE_ATTEMPTS } };
  return (await MailboxCode.scope('valid').findOne({ where })) !== null;
}

/** Checks an entered code. Each attempt is counted before it is checked. @throws InvalidInput */
export async function proveMailbox(link: FoundLink, typedCode: string, actor: Actor): Promise<void> {
  const code = await queryRow<{ id: string; attempts: number }>(
    `update mailbox_codes set attempts = attempts + 1
     where id = (select id from mailbox_codes where link_id = $1 order by created_at desc limit 1)
       and used_at is null and expires_at > now() and attempts < ${MAX_CODE_ATTEMPTS}
     returning id, attempts`,
    [link.linkId],
  );
  if (!code) throw new InvalidInput({ code: t('registration:code.errors.unusable') });
  if (!isValidMailboxCode(code.id, toAsciiDigits(typedCode).replaceAll(/\D/g, ''))) {
    const attemptsLeft = MAX_CODE_ATTEMPTS - code.attempts;
    throw new InvalidInput({
      code:
        attemptsLeft > 0
          ? t('registration:code.errors.wrong', { count: attemptsLeft })
          : t('registration:code.errors.lastWrong'),
    });
  }
  await inTransaction(async () => {
    await MailboxCode.update({ usedAt: NOW }, { where: { id: code.id } });
    const event = {
      action: 'invitation.mailbox-proven',
      subject: 'invitation',
      subjectId: link.invitationId,
    } as const;
    await recordEvent(actor, event);
  });
}
