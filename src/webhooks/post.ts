import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { codeOf } from '../errors.ts';
import { publicLookup, whyNoDestination } from './destination.ts';

/** What a receiver answered. Taken only with a status of the two hundreds. */
export type Reply = Readonly<{ status: number | null; error: string | null }>;

const ANSWER_WITHIN_MS = 10_000;
const MOST_READ = 1_024;

/** Posts a message: no redirect is followed, no connection kept, and at most 1 kB of the answer is read. */
export async function post(
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  lookup: LookupFunction = publicLookup(),
): Promise<Reply> {
  const fault = whyNoDestination(address);
  if (fault) return { status: null, error: fault };
  try {
    const status = await send(new URL(address), headers, body, lookup);
    if (status >= 200 && status < 300) return { status, error: null };
    const redirects = status >= 300 && status < 400 ? '; redirects aren’t followed' : '';
    return { status, error: `The receiver answered ${status}${redirects}` };
  } catch (error) {
    return { status: null, error: wordsFor(error) };
  }
}

function send(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  lookup: LookupFunction,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? overHttps : overHttp;
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const length = { 'content-length': Buffer.byteLength(body) };
    const asked = request(
      url,
      { method: 'POST', headers: { ...headers, ...length }, agent: false, lookup, signal },
      (res) => {
        let read = 0;
        const done = () => {
          res.destroy();
          resolve(res.statusCode ?? 0);
        };
        res.on('data', (part: Buffer) => {
          read += part.length;
          if (read > MOST_READ) done();
        });
        res.on('end', done);
        res.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function wordsFor(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = codeOf(error);
  if (name === 'AbortError' || name === 'TimeoutError') return 'The receiver didn’t answer within 10 seconds';
  return (code === '' || message.includes(code) ? message : `${code}: ${message}`).slice(0, 500);
}
