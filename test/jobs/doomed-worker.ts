import { startWorker } from '../../src/jobs/worker.ts';
import { mailTasks } from '../../src/mail/delivery.ts';
import { createSmtpTransport, type Transport } from '../../src/mail/transport.ts';
import { greetingTemplate } from '../support/mail.ts';

// A worker process for tests to kill. With DIE_WHEN_TAKEN it kills itself when the mail server has taken a mail.
const server = createSmtpTransport(process.env.SMTP_URL ?? '');
const dying: Transport = {
  async send(mail) {
    await server.send(mail);
    process.kill(process.pid, 'SIGKILL');
  },
  close: () => server.close(),
};

await startWorker(mailTasks([greetingTemplate], process.env.DIE_WHEN_TAKEN ? dying : server));
