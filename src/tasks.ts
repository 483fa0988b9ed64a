import './associations.ts';
import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { askForOtherAddresses } from './accounts/address/closing-domains.ts';
import { recordFailedSignIn } from './accounts/failed-sign-in-audit.ts';
import { mailPasswordReset } from './accounts/password-reset.ts';
import { runCampaign } from './campaigns/run.ts';
import { mailGuardianLinks } from './consents/guardians/support.ts';
import { maintainConsents } from './consents/maintenance.ts';
import { runImport } from './imports/run.ts';
import { runBulkAction } from './invitations/bulk-actions/run.ts';
import { recordExpiries } from './invitations/expiry.ts';
import { notifyInvitersOfFailures } from './invitations/inviter-notification.ts';
import { findLanguageOf } from './invitations/language.ts';
import { sendInvitationReminders } from './invitations/reminders.ts';
import {
  processGroupInvitationRequest,
  retryWaitingGroupInvitationRequests,
} from './invitations/requests/group-invitation-request.ts';
import { isReportedDeceased, processInvitationRequest } from './invitations/requests/invitation-request.ts';
import { mailCrontab, mailTasks } from './platform/mail/mail-tasks.ts';
import type { Transport } from './platform/mail/outgoing-mail.ts';
import { purge } from './purge.ts';
import { readLetterhead } from './settings/letterhead.ts';
import { mailTemplates } from './settings/mails/templates.ts';
import { sendWebhooks, webhookCrontab } from './webhooks/send.ts';

/** The worker's scheduled tasks, in UTC. */
export const crontab = [
  mailCrontab,
  webhookCrontab,
  '* * * * * record-expiries ?jobKey=record-expiries&queue=invitations&max=1',
  '* * * * * notify-inviters ?jobKey=notify-inviters&queue=invitations&max=1',
  '*/10 * * * * send-invitation-reminders ?jobKey=send-invitation-reminders&queue=invitations&max=1',
  '*/10 * * * * retry-group-invitation-requests ?jobKey=retry-group-invitation-requests&queue=invitations&max=1',
  '7 * * * * ask-for-other-addresses',
  '17 * * * * purge',
  '23 * * * * maintain-consents',
].join('\n');

const mailSources = {
  templates: mailTemplates,
  readLetterhead,
  findLanguage: findLanguageOf,
  isOnHold: isReportedDeceased,
};

/** All tasks of the worker by name. Payloads contain no secrets. */
export function createTasks(transport?: Transport): TaskList {
  return {
    ...mailTasks(mailSources, transport),
    'mail-password-reset': (payload) =>
      mailPasswordReset(z.object({ email: z.string() }).parse(payload).email),
    'mail-guardian-links': (payload) =>
      mailGuardianLinks(z.object({ email: z.string() }).parse(payload).email),
    'record-failed-sign-in': (payload) =>
      recordFailedSignIn(
        z
          .object({ email: z.string(), ip: z.string().nullable(), requestId: z.string().nullable() })
          .parse(payload),
      ),
    'process-invitation-request': (payload) =>
      processInvitationRequest(z.object({ requestId: z.string() }).parse(payload).requestId),
    'process-group-invitation-request': (payload) =>
      processGroupInvitationRequest(z.object({ requestId: z.string() }).parse(payload).requestId),
    'retry-group-invitation-requests': () => retryWaitingGroupInvitationRequests(),
    'send-webhooks': () => sendWebhooks(),
    'run-bulk-action': (payload) =>
      runBulkAction(z.object({ bulkActionId: z.string() }).parse(payload).bulkActionId),
    'record-expiries': () => recordExpiries(),
    'notify-inviters': () => notifyInvitersOfFailures(),
    'send-invitation-reminders': () => sendInvitationReminders(),
    'run-import': (payload) => runImport(z.object({ importId: z.string() }).parse(payload).importId),
    'run-campaign': (payload) => runCampaign(z.object({ campaignId: z.string() }).parse(payload).campaignId),
    'ask-for-other-addresses': () => askForOtherAddresses(),
    purge: () => purge(),
    'maintain-consents': () => maintainConsents(),
  };
}
