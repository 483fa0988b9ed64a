import { deriveMailboxCode } from '../../platform/crypto/signed-links.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { MailboxCode } from './mailbox-code.ts';

const mailboxCodeMail: MailTemplate = {
  name: 'mailbox-code',
  views: 'accounts/mails/mailbox-code',
  async loadValues({ subjectId }) {
    const code = await MailboxCode.scope('valid').findByPk(subjectId);
    return code && { code: deriveMailboxCode(subjectId) };
  },
};

export const registrationMails: readonly MailTemplate[] = [mailboxCodeMail];
