import { startWorker } from '../../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import type { Transport } from '../../../src/platform/mail/outgoing-mail.ts';
import { createSmtpTransport } from '../../../src/platform/mail/transport.ts';
import { greetingTemplate, mailSources } from '../../support/mail.ts';

// A worker process for tests to kill. With DIE_AFTER_SENDING it kills itself after the mail server has accepted a mail.
const transport = createSmtpTransport(process.env.SMTP_URL ?? '');
const dyingTransport: Transport = {
  async send(mail) {
    await transport.send(mail);
    process.kill(process.pid, 'SIGKILL');
  },
  close: () => transport.close(),
};

await startWorker(
  mailTasks(mailSources(greetingTemplate), process.env.DIE_AFTER_SENDING ? dyingTransport : transport),
);
