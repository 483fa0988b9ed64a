import { deriveMailboxCode } from '../links.ts';
import type { MailTemplate } from '../mail/template.ts';
import { MailboxCode } from './mailbox.ts';

const mailboxCodeMail: MailTemplate = {
  name: 'mailbox-code',
  views: 'registration/mails/mailbox-code',
  async fill({ subjectId }) {
    const code = await MailboxCode.scope('valid').findByPk(subjectId);
    return code && { code: deriveMailboxCode(subjectId), expiresAt: code.expiresAt };
  },
};

export const registrationMails: readonly MailTemplate[] = [mailboxCodeMail];
