import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { closeDatabase } from '../../src/platform/db/database.ts';
import type { Transport } from '../../src/platform/mail/outgoing-mail.ts';
import { resumeMail } from '../../src/platform/mail/pause.ts';
import { createSmtpTransport } from '../../src/platform/mail/transport.ts';
import { queryRows } from './database.ts';
import { startMailServer, type TestMailServer } from './smtp-server.ts';

type TimeoutArgs = Parameters<typeof createSmtpTransport> extends [string, ...infer Rest] ? Rest : never;

/**
 * For a whole test file: a mail server, and our way to it. Each test begins with no mail, no pause, and a way without
 * connections: they are kept and used again.
 */
export function useMailServer() {
  let running: TestMailServer | undefined;
  let transport: Transport | undefined;

  const connect = (...waits: TimeoutArgs) => {
    transport?.close();
    transport = createSmtpTransport(server().url, ...waits);
  };
  function server(): TestMailServer {
    if (!running) throw new Error('the mail server runs in tests, not before');
    return running;
  }
  beforeAll(async () => {
    running = await startMailServer();
  });
  beforeEach(async () => {
    await queryRows('delete from messages');
    await resumeMail();
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
