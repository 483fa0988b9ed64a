import { signCode } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { MailboxCode } from './mailbox.ts';

const mailboxCode: MailTemplate = {
  name: 'mailbox-code',
  views: 'registration/mails/mailbox-code',
  async fill({ subjectId }) {
    const code = await MailboxCode.scope('valid').findByPk(subjectId);
    return code && { code: signCode(subjectId), expiresAt: code.expiresAt };
  },
};

export const registrationMails: readonly MailTemplate[] = [mailboxCode];
