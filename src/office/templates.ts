import { accountMails } from '../accounts/mails.ts';
import { consentMails } from '../consent/mails.ts';
import { invitationMails } from '../invitations/mails.ts';
import type { MailTemplate } from '../mail/template.ts';
import { directoryMails } from '../register/mails.ts';
import { registrationMails } from '../registration/mails.ts';
import { webhookMails } from '../webhooks/mails.ts';
import { testMail } from './test-mail.ts';

/** Every mail there is. Each has a sample in `samples.ts`. */
export const mailTemplates: readonly MailTemplate[] = [
  ...accountMails,
  ...invitationMails,
  ...registrationMails,
  ...consentMails,
  ...directoryMails,
  ...webhookMails,
  testMail,
];
