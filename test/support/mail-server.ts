import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { closeDatabase } from '../../src/database.ts';
import { endMailPause } from '../../src/mail/pause.ts';
import { smtpTransport, type Transport } from '../../src/mail/transport.ts';
import { rows } from './database.ts';
import { type MailServer, startMailServer } from './smtp.ts';

type Waits = Parameters<typeof smtpTransport> extends [string, ...infer Rest] ? Rest : never;

/**
 * For a whole test file: a mail server, and our way to it. Each test begins with no mail, no pause, and a way without
 * connections: they are kept and used again.
 */
export function useMailServer() {
  let running: MailServer | undefined;
  let transport: Transport | undefined;

  const connect = (...waits: Waits) => {
    transport?.close();
    transport = smtpTransport(server().url, ...waits);
  };
  function server(): MailServer {
    if (!running) throw new Error('the mail server runs in tests, not before');
    return running;
  }
  beforeAll(async () => {
    running = await startMailServer();
  });
  beforeEach(async () => {
    await rows('delete from messages');
    await endMailPause();
    server().received.length = 0;
    connect();
  });
  afterEach(() => transport?.close());
  afterAll(async () => {
    await running?.stop();
    await closeDatabase();
  });

  return {
    server,
    /** Goes there anew, with how long it waits for the server at most. */
    connect,
    post(): Transport {
      if (!transport) throw new Error('mail is sent in tests, not before');
      return transport;
    },
  };
}
