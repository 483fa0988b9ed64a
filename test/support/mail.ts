import { randomUUID } from 'node:crypto';
import { config } from '../../src/platform/config/config.ts';
import { signLinkToken } from '../../src/platform/crypto/signed-links.ts';
import { inTransaction } from '../../src/platform/db/database.ts';
import { type CapturedMail, listCapturedMails } from '../../src/platform/mail/captured-mail.ts';
import { type NewMail, queueMail } from '../../src/platform/mail/messages.ts';
import type { MailSources } from '../../src/platform/mail/send.ts';
import type { MailTemplate } from '../../src/platform/mail/template.ts';
import { readLetterhead } from '../../src/settings/letterhead.ts';
import { queryRows } from './database.ts';

/** A mail template with a secret link, for tests of sending. `subjectId` is the link id. */
export const greetingTemplate: MailTemplate = {
  name: 'greeting',
  views: '../test/platform/mail/views/greeting',
  loadValues: async ({ subjectId }) => ({
    name: 'Amma Owusu',
    link: invitationUrl(subjectId),
    until: new Date('2026-11-22T14:05:00Z'),
  }),
};

/** The sources of `mailTasks` for one template: English, and nothing is on hold. */
export function mailSources(template: MailTemplate): MailSources {
  return {
    templates: [template],
    readLetterhead,
    findLanguage: async () => null,
    isOnHold: async () => false,
  };
}

export function invitationUrl(linkId: string): string {
  return `${config.baseUrl}/register?token=${signLinkToken('invitation', linkId)}`;
}

/** Queues a greeting. @returns the message's id */
export function queueGreeting(
  to = 'amma@example.org',
  linkId: string = randomUUID(),
  options: Pick<NewMail, 'isRequested'> = {},
): Promise<string> {
  return inTransaction(() =>
    queueMail({ template: 'greeting', to, subjectId: linkId, reference: 'ABCD2345', ...options }),
  );
}

/** Makes jobs that wait for a retry due now. */
export async function makeRetriesDue(): Promise<void> {
  await queryRows(
    'update graphile_worker._private_jobs set run_at = now() where locked_at is null returning id',
  );
}

/** Captured mails to an address, newest first. */
export async function capturedMailsTo(address: string): Promise<CapturedMail[]> {
  const mails = await listCapturedMails();
  return mails.filter(({ to }) => to === address);
}
