import './associations.ts';
import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { recordFailedSignIn } from './accounts/failed-sign-in.ts';
import { mailPasswordReset } from './accounts/password-reset.ts';
import { runCampaign } from './campaigns/run.ts';
import { mailGuardianLinks } from './consent/guardian-help.ts';
import { maintainConsents } from './consent/schedule.ts';
import { runImport } from './imports/carry-out.ts';
import { runBulkAction } from './invitations/bulk-act.ts';
import { recordExpiries } from './invitations/expiry.ts';
import {
  processGroupInvitationRequest,
  retryWaitingGroupInvitationRequests,
} from './invitations/group-wish.ts';
import { isReportedDeceased, processInvitationRequest } from './invitations/invitation-request.ts';
import { sendInvitationReminders } from './invitations/reminders.ts';
import { notifyInvitersOfFailures } from './invitations/watch.ts';
import { mailCrontab, mailTasks } from './mail/delivery.ts';
import type { Transport } from './mail/transport.ts';
import { mailTemplates } from './office/templates.ts';
import { purge } from './purge.ts';
import { sendWebhooks, webhookCrontab } from './webhooks/send.ts';

/** What the worker does by the clock (UTC). */
export const crontab = [
  mailCrontab,
  webhookCrontab,
  '* * * * * note-expiries ?jobKey=note-expiries&queue=invitations&max=1',
  '* * * * * tell-inviters ?jobKey=tell-inviters&queue=invitations&max=1',
  '*/10 * * * * remind-invited ?jobKey=remind-invited&queue=invitations&max=1',
  '*/10 * * * * answer-busy-wishes ?jobKey=answer-busy-wishes&queue=invitations&max=1',
  '17 * * * * purge',
  '23 * * * * tend-consents',
].join('\n');

/** Everything the worker can do, by name. A payload holds ids only. */
export function createTasks(transport?: Transport): TaskList {
  return {
    ...mailTasks(mailTemplates, transport, isReportedDeceased),
    'mail-password-reset': (payload) =>
      mailPasswordReset(z.object({ email: z.string() }).parse(payload).email),
    'mail-guardian-links': (payload) =>
      mailGuardianLinks(z.object({ email: z.string() }).parse(payload).email),
    'note-failed-sign-in': (payload) =>
      recordFailedSignIn(
        z
          .object({ email: z.string(), ip: z.string().nullable(), requestId: z.string().nullable() })
          .parse(payload),
      ),
    'answer-invitation-request': (payload) =>
      processInvitationRequest(z.object({ requestId: z.string() }).parse(payload).requestId),
    'answer-group-wish': (payload) =>
      processGroupInvitationRequest(z.object({ wishId: z.string() }).parse(payload).wishId),
    'answer-busy-wishes': () => retryWaitingGroupInvitationRequests(),
    'send-webhooks': () => sendWebhooks(),
    'run-bulk-act': (payload) => runBulkAction(z.object({ bulkActId: z.string() }).parse(payload).bulkActId),
    'note-expiries': () => recordExpiries(),
    'tell-inviters': () => notifyInvitersOfFailures(),
    'remind-invited': () => sendInvitationReminders(),
    'run-import': (payload) => runImport(z.object({ importId: z.string() }).parse(payload).importId),
    'run-campaign': (payload) => runCampaign(z.object({ campaignId: z.string() }).parse(payload).campaignId),
    purge: () => purge(),
    'tend-consents': () => maintainConsents(),
  };
}
