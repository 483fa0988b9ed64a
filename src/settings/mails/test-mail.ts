import { Account } from '../../accounts/account.ts';
import { type Actor, recordEvent } from '../../platform/audit/audit.ts';
import { config } from '../../platform/config/config.ts';
import { inTransaction } from '../../platform/db/database.ts';
import { consumeAttempt } from '../../platform/db/rate-limit.ts';
import { queueMail } from '../../platform/mail/messages.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { newReference } from '../../platform/text/support-reference.ts';

export const testMail: MailTemplate = {
  name: 'test-mail',
  views: 'settings/mails/test-mail',
  async loadValues({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/admin/mail` };
  },
};

/** Sends a test mail to the account's own address. @throws TooManyAttempts after 20 an hour */
export async function sendTestMail(
  { id, email }: Pick<Account, 'id' | 'email'>,
  actor: Actor,
): Promise<void> {
  await consumeAttempt('testMails', id);
  await inTransaction(async () => {
    const mail = {
      template: testMail.name,
      to: email,
      subjectId: id,
      accountId: id,
      reference: newReference(),
    };
    const subjectId = await queueMail(mail);
    await recordEvent(actor, { action: 'mail.test-sent', subject: 'message', subjectId });
  });
}
