import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { errorCode } from '../platform/errors.ts';
import { officeText } from '../platform/i18n/i18n.ts';
import { cut } from '../platform/text/text.ts';
import { findEndpointUrlError, publicLookup } from './endpoint.ts';

/** The result of an attempt; `error` is null if the response status was 2xx. */
export type AttemptResult = Readonly<{ status: number | null; error: string | null }>;

const RESPONSE_TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 1_024;

/** Posts a message. Redirects are not followed, connections not reused, and at most 1 kB of the response is read. */
export async function postToEndpoint(
  endpoint: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  lookup: LookupFunction = publicLookup(),
): Promise<AttemptResult> {
  const urlError = findEndpointUrlError(endpoint);
  if (urlError) return { status: null, error: urlError };
  try {
    const status = await sendRequest(new URL(endpoint), headers, body, lookup);
    if (status >= 200 && status < 300) return { status, error: null };
    const isRedirect = status >= 300 && status < 400;
    const error = officeText(`webhooks:stored.${isRedirect ? 'redirected' : 'refused'}`, { status });
    return { status, error };
  } catch (error) {
    return { status: null, error: describeError(error) };
  }
}

function sendRequest(
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  lookup: LookupFunction,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS);
    const length = { 'content-length': Buffer.byteLength(body) };
    const outgoing = request(
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
          if (read > MAX_RESPONSE_BYTES) done();
        });
        res.on('end', done);
        res.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function describeError(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = errorCode(error);
  if (name === 'AbortError' || name === 'TimeoutError') return officeText('webhooks:stored.noAnswer');
  return cut(code === '' || message.includes(code) ? message : `${code}: ${message}`, 500);
}
