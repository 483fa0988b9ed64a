import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { closeDatabase } from '../../src/platform/db/database.ts';
import type { Transport } from '../../src/platform/mail/outgoing-mail.ts';
import { resumeMail } from '../../src/platform/mail/pause.ts';
import { createSmtpTransport } from '../../src/platform/mail/transport.ts';
import { queryRows } from './database.ts';
import { startMailServer, type TestMailServer } from './smtp-server.ts';

type TimeoutArgs = Parameters<typeof createSmtpTransport> extends [string, ...infer Rest] ? Rest : never;

/**
 * For a whole test file: a mail server and a transport. Each test starts without mails and pause, and with a new transport.
 */
export function useMailServer() {
  let running: TestMailServer | undefined;
  let transport: Transport | undefined;

  const connect = (...timeouts: TimeoutArgs) => {
    transport?.close();
    transport = createSmtpTransport(server().url, ...timeouts);
  };
  function server(): TestMailServer {
    if (!running) throw new Error('call server() only inside tests');
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
    /** Replaces the transport, with other timeouts. */
    connect,
    transport(): Transport {
      if (!transport) throw new Error('call transport() only inside tests');
      return transport;
    },
  };
}
