import { row } from '../database.ts';
import { signCode } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';

const mailboxCode: MailTemplate = {
  name: 'mailbox-code',
  views: 'registration/mails/mailbox-code',
  async fill({ subjectId }) {
    const code = await row<{ expiresAt: Date }>(
      `select expires_at from mailbox_codes where id = $1 and used_at is null and expires_at > now()`,
      [subjectId],
    );
    return code && { code: signCode(subjectId), expiresAt: code.expiresAt };
  },
};

export const registrationMails: readonly MailTemplate[] = [mailboxCode];
