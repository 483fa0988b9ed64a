import { Agent, type IncomingMessage, request } from 'node:http';

/** A request and its expected status. */
export type BenchRequest = Readonly<{
  path: string;
  status: number;
  headers?: Record<string, string>;
  /** Form fields, sent by POST. */
  form?: Record<string, string>;
}>;

export type Speed = Readonly<{ perSecond: number; p95Ms: number }>;

const CONNECTIONS = 20;

/**
 * Sends `count` requests over 20 keep-alive connections, each after the previous response.
 * @throws Error if a response has an unexpected status
 */
export async function load(
  port: number,
  count: number,
  requestOf: (n: number) => BenchRequest,
): Promise<Speed> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return await repeat(count, CONNECTIONS, (n) => send(port, agent, requestOf(n)));
  } finally {
    agent.destroy();
  }
}

/** Runs `work` `count` times with the given concurrency. */
export async function repeat(
  count: number,
  concurrency: number,
  work: (n: number) => Promise<unknown>,
): Promise<Speed> {
  const durations: number[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next++;
      const start = performance.now();
      await work(n);
      durations.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  const seconds = (performance.now() - start) / 1000;
  durations.sort((a, b) => a - b);
  return { perSecond: count / seconds, p95Ms: durations[Math.floor(count * 0.95)] ?? 0 };
}

function send(port: number, agent: Agent, { path, status, headers, form }: BenchRequest): Promise<void> {
  const body = form && new URLSearchParams(form).toString();
  const contentType = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
  const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        agent,
        path,
        method: form ? 'POST' : 'GET',
        headers: { ...headers, ...contentType, ...length },
      },
      (response: IncomingMessage) => {
        response.resume();
        response.once('end', () => {
          if (response.statusCode === status) resolve();
          else reject(new Error(`${path} responded with ${response.statusCode} instead of ${status}`));
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
