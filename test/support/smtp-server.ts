import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** A stage at which the server can respond with an error. */
export type SmtpStage = 'connect' | 'sign-in' | 'sender' | 'recipient' | 'content' | 'end of content';

/** An error such as `550 No such user`, a dropped connection, or no response. */
export type SmtpResponse = `${number} ${string}` | 'drop' | 'hang';

export type ReceivedMail = Readonly<{ from: string; to: string[]; raw: string; mail: Email }>;

export type TestMailServer = Readonly<{
  url: string;
  /** The accepted mails, in order. */
  received: ReceivedMail[];
  /** How often each stage was reached. */
  reached: Record<SmtpStage, number>;
  /** Queues responses for the next times a stage is reached. */
  respondNext(stage: SmtpStage, ...responses: SmtpResponse[]): void;
  /** Sets a permanent response for a stage; null resets it. */
  respondAlways(stage: SmtpStage, response: SmtpResponse | null): void;
  stop(): Promise<void>;
}>;

/**
 * Starts a real SMTP server on a free port, with configurable responses. Accepts any user name and password. Its certificate
 * is not trusted.
 */
export async function startMailServer(
  tls: 'none' | 'starttls' | 'implicit' = 'none',
): Promise<TestMailServer> {
  const received: ReceivedMail[] = [];
  const reached = { connect: 0, 'sign-in': 0, sender: 0, recipient: 0, content: 0, 'end of content': 0 };
  const nextResponses = new Map<SmtpStage, SmtpResponse[]>();
  const permanentResponses = new Map<SmtpStage, SmtpResponse>();

  /** Applies the configured response of a stage; without one, calls `accept`. */
  function handleStage(
    stage: SmtpStage,
    session: SMTPServerSession,
    reject: (error: Error) => void,
    accept: () => void,
  ): void {
    reached[stage] += 1;
    const response = nextResponses.get(stage)?.shift() ?? permanentResponses.get(stage);
    if (response === undefined) return accept();
    if (response === 'hang') return;
    if (response === 'drop') return dropConnection(session);
    const responseCode = Number(response.slice(0, 3));
    reject(Object.assign(new Error(response.slice(4)), { responseCode }));
  }

  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    logger: false,
    secure: tls === 'implicit',
    ...(tls === 'starttls' ? {} : { disabledCommands: ['STARTTLS'] }),
    onConnect: (session, done) => handleStage('connect', session, done, () => done()),
    onAuth: (auth, session, done) =>
      handleStage('sign-in', session, done, () => done(null, { user: auth.username ?? 'anonymous' })),
    onMailFrom: (_address, session, done) => handleStage('sender', session, done, () => done()),
    onRcptTo: (_address, session, done) => handleStage('recipient', session, done, () => done()),
    onData(stream, session, done) {
      handleStage('content', session, done, async () => {
        const raw = (await buffer(stream)).toString('utf8');
        handleStage('end of content', session, done, async () => {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom ? mailFrom.address : '';
          const to = rcptTo.map(({ address }) => address);
          received.push({ from, to, raw, mail: await PostalMime.parse(raw) });
          done();
        });
      });
    },
  });
  // Some tests break connections.
  server.on('error', () => {});

  function dropConnection(session: SMTPServerSession): void {
    for (const connection of server.connections) {
      if (connection.session.id === session.id) connection._socket.destroy();
    }
  }

  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `${tls === 'implicit' ? 'smtps' : 'smtp'}://homecoming:not-a-real-password@127.0.0.1:${port}`,
    received,
    reached,
    respondNext: (stage, ...responses) =>
      nextResponses.set(stage, [...(nextResponses.get(stage) ?? []), ...responses]),
    respondAlways: (stage, response) =>
      response === null ? permanentResponses.delete(stage) : permanentResponses.set(stage, response),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
