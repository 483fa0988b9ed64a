import { Account } from '../accounts/account.ts';
import { type Actor, recordEvent } from '../audit/audit.ts';
import { config } from '../config.ts';
import { inTransaction } from '../database.ts';
import { queueMail } from '../mail/messages.ts';
import type { MailTemplate } from '../mail/template.ts';
import { consumeAttempt } from '../web/rate-limit.ts';
import { newReference } from '../web/reference.ts';

/** What an administrator sends to try whether mail goes out, and how it looks. */
export const testMail: MailTemplate = {
  name: 'test-mail',
  views: 'office/mails/test-mail',
  async fill({ subjectId }) {
    const account = await Account.findByPk(subjectId);
    return account && { name: account.name, link: `${config.baseUrl}/admin/mail` };
  },
};

/** Sends one to the account itself. @throws TooManyAttempts after 20 an hour */
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
