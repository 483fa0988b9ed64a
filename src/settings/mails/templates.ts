import { mailboxClosing } from '../../accounts/address/closing-domains.ts';
import { addressMails } from '../../accounts/address/mails.ts';
import { accountMails } from '../../accounts/mails.ts';
import { registrationMails } from '../../accounts/registration/mails.ts';
import { correctionsDecided } from '../../alumni/correction-mail.ts';
import { directoryMails } from '../../alumni/matching/mails.ts';
import { consentMails } from '../../consents/mails.ts';
import { invitationMails } from '../../invitations/mails.ts';
import type { MailTemplate } from '../../platform/mail/template.ts';
import { webhookMails } from '../../webhooks/mails.ts';
import { testMail } from './test-mail.ts';

/** All mail templates. Each has a sample in `samples.ts`. */
export const mailTemplates: readonly MailTemplate[] = [
  ...accountMails,
  ...addressMails,
  mailboxClosing,
  ...invitationMails,
  ...registrationMails,
  ...consentMails,
  ...directoryMails,
  correctionsDecided,
  ...webhookMails,
  testMail,
];
