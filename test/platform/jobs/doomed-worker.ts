import { startWorker } from '../../../src/platform/jobs/worker.ts';
import { mailTasks } from '../../../src/platform/mail/mail-tasks.ts';
import type { Transport } from '../../../src/platform/mail/outgoing-mail.ts';
import { createSmtpTransport } from '../../../src/platform/mail/transport.ts';
import { readLetterhead } from '../../../src/settings/letterhead.ts';
import { greetingTemplate } from '../../support/mail.ts';

// A worker process for tests to kill. With DIE_WHEN_TAKEN it kills itself when the mail server has taken a mail.
const server = createSmtpTransport(process.env.SMTP_URL ?? '');
const dying: Transport = {
  async send(mail) {
    await server.send(mail);
    process.kill(process.pid, 'SIGKILL');
  },
  close: () => server.close(),
};

await startWorker(mailTasks([greetingTemplate], readLetterhead, process.env.DIE_WHEN_TAKEN ? dying : server));
