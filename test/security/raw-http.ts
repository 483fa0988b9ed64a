import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export type RawResponse = Readonly<{
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Whether the connection had carried a request before. */
  reused: boolean;
}>;

type RequestOptions = Readonly<{
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  agent?: Agent;
}>;

const usedSockets = new WeakSet<object>();

/** Whether a connection has carried a request before. Node's `reusedSocket` is wrong for one that waited for its connection. */
export function isReusedConnection({ socket }: ClientRequest): boolean {
  const isKnown = socket !== null && usedSockets.has(socket);
  if (socket !== null) usedSockets.add(socket);
  return isKnown;
}

/** One request, sent as it stands: no client corrects the path, adds a header or follows a redirect. */
export async function sendRequest(
  port: number,
  path: string,
  asked: RequestOptions = {},
): Promise<RawResponse> {
  const { method = 'GET', headers = {}, body, agent = new Agent() } = asked;
  const length =
    body === undefined || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const req = request({ host: '127.0.0.1', port, path, method, agent, headers: { ...length, ...headers } });
  // A server that answers before it has read all may hang up while we still write.
  req.on('error', () => {});
  req.end(body);
  const [res] = await once(req, 'response');
  const reused = isReusedConnection(req);
  return { status: res.statusCode, headers: res.headers, text: await text(res), reused };
}

/** Bytes on a bare connection. @returns all that came back until it was closed, in whatever way */
export async function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (part) => {
    heard += part;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // A server that hangs up on us is what these are about.
  socket.on('error', () => {});
  socket.write(bytes);
  await closed;
  return heard;
}
