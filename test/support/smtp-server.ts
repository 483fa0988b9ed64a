import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** Where a mail server can answer otherwise than with yes. */
export type SmtpStage = 'connect' | 'sign-in' | 'sender' | 'recipient' | 'content' | 'end of content';

/** A refusal such as `550 No such user`, a connection cut, or no answer ever. */
export type SmtpResponse = `${number} ${string}` | 'drop' | 'hang';

export type ReceivedMail = Readonly<{ from: string; to: string[]; raw: string; mail: Email }>;

export type TestMailServer = Readonly<{
  url: string;
  /** What it took, in order. */
  received: ReceivedMail[];
  /** How often each stage was reached. */
  reached: Record<SmtpStage, number>;
  /** Answers the next times with these, one after the other. */
  respondNext(stage: SmtpStage, ...answers: SmtpResponse[]): void;
  /** Answers so until told otherwise by null. */
  respondAlways(stage: SmtpStage, answer: SmtpResponse | null): void;
  stop(): Promise<void>;
}>;

/**
 * A real SMTP server on a free port that does what a test tells it. It takes any user and password. Its certificate is
 * one that nobody should trust.
 */
export async function startMailServer(
  tls: 'none' | 'starttls' | 'implicit' = 'none',
): Promise<TestMailServer> {
  const received: ReceivedMail[] = [];
  const reached = { connect: 0, 'sign-in': 0, sender: 0, recipient: 0, content: 0, 'end of content': 0 };
  const nextResponses = new Map<SmtpStage, SmtpResponse[]>();
  const permanentResponses = new Map<SmtpStage, SmtpResponse>();

  /** Calls `go` when this stage is to go well. */
  function handleStage(
    stage: SmtpStage,
    session: SMTPServerSession,
    refuse: (error: Error) => void,
    go: () => void,
  ): void {
    reached[stage] += 1;
    const answer = nextResponses.get(stage)?.shift() ?? permanentResponses.get(stage);
    if (answer === undefined) return go();
    if (answer === 'hang') return;
    if (answer === 'drop') return dropConnection(session);
    const responseCode = Number(answer.slice(0, 3));
    refuse(Object.assign(new Error(answer.slice(4)), { responseCode }));
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
      handleStage('sign-in', session, done, () => done(null, { user: auth.username ?? 'somebody' })),
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
  // A connection that breaks off is what some tests are about.
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
    respondNext: (stage, ...answers) =>
      nextResponses.set(stage, [...(nextResponses.get(stage) ?? []), ...answers]),
    respondAlways: (stage, answer) =>
      answer === null ? permanentResponses.delete(stage) : permanentResponses.set(stage, answer),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
