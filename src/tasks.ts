import './associations.ts';
import type { TaskList } from 'graphile-worker';
import { z } from 'zod';
import { noteFailure } from './accounts/failed-sign-in.ts';
import { mailReset } from './accounts/password-reset.ts';
import { runCampaign } from './campaigns/run.ts';
import { mailGuardianLinks } from './consent/guardian-help.ts';
import { tendConsents } from './consent/schedule.ts';
import { runImport } from './imports/carry-out.ts';
import { runBulkAct } from './invitations/bulk-act.ts';
import { noteExpiries } from './invitations/expiry.ts';
import { answerBusyWishes, answerWish } from './invitations/group-wish.ts';
import { answerInvitationRequest, isReportedDeceased } from './invitations/invitation-request.ts';
import { remindInvited } from './invitations/reminders.ts';
import { tellOfFaults } from './invitations/watch.ts';
import { mailCrontab, mailTasks } from './mail/delivery.ts';
import type { Transport } from './mail/transport.ts';
import { templates } from './office/templates.ts';
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
export function createTasks(post?: Transport): TaskList {
  return {
    ...mailTasks(templates, post, isReportedDeceased),
    'mail-password-reset': (payload) => mailReset(z.object({ email: z.string() }).parse(payload).email),
    'mail-guardian-links': (payload) =>
      mailGuardianLinks(z.object({ email: z.string() }).parse(payload).email),
    'note-failed-sign-in': (payload) =>
      noteFailure(
        z
          .object({ email: z.string(), ip: z.string().nullable(), requestId: z.string().nullable() })
          .parse(payload),
      ),
    'answer-invitation-request': (payload) =>
      answerInvitationRequest(z.object({ requestId: z.string() }).parse(payload).requestId),
    'answer-group-wish': (payload) => answerWish(z.object({ wishId: z.string() }).parse(payload).wishId),
    'answer-busy-wishes': () => answerBusyWishes(),
    'send-webhooks': () => sendWebhooks(),
    'run-bulk-act': (payload) => runBulkAct(z.object({ bulkActId: z.string() }).parse(payload).bulkActId),
    'note-expiries': () => noteExpiries(),
    'tell-inviters': () => tellOfFaults(),
    'remind-invited': () => remindInvited(),
    'run-import': (payload) => runImport(z.object({ importId: z.string() }).parse(payload).importId),
    'run-campaign': (payload) => runCampaign(z.object({ campaignId: z.string() }).parse(payload).campaignId),
    purge: () => purge(),
    'tend-consents': () => tendConsents(),
  };
}
