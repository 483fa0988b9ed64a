import { Agent, type IncomingMessage, request } from 'node:http';

/** One request to be sent and the status that must come back. */
export type Shot = Readonly<{
  path: string;
  status: number;
  headers?: Record<string, string>;
  /** A form: sent by POST. */
  form?: Record<string, string>;
}>;

export type Speed = Readonly<{ perSecond: number; p95Ms: number }>;

const CONNECTIONS = 20;

/**
 * Sends `count` requests over 20 kept connections, each as soon as the one before is answered.
 * @throws when an answer has another status than it should
 */
export async function load(port: number, count: number, shotOf: (n: number) => Shot): Promise<Speed> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return await repeat(count, CONNECTIONS, (n) => send(port, agent, shotOf(n)));
  } finally {
    agent.destroy();
  }
}

/** Does something `count` times, `atOnce` of them at a time. */
export async function repeat(
  count: number,
  atOnce: number,
  work: (n: number) => Promise<unknown>,
): Promise<Speed> {
  const took: number[] = [];
  let next = 0;
  const one = async () => {
    while (next < count) {
      const n = next++;
      const start = performance.now();
      await work(n);
      took.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one));
  const seconds = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  return { perSecond: count / seconds, p95Ms: took[Math.floor(count * 0.95)] ?? 0 };
}

function send(port: number, agent: Agent, { path, status, headers, form }: Shot): Promise<void> {
  const body = form && new URLSearchParams(form).toString();
  const typed = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, agent, path, method: form ? 'POST' : 'GET', headers: { ...headers, ...typed, ...length } },
      (answer: IncomingMessage) => {
        answer.resume();
        answer.once('end', () => {
          if (answer.statusCode === status) resolve();
          else reject(new Error(`${path} answered ${answer.statusCode} instead of ${status}`));
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
