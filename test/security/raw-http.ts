import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export type RawResponse = Readonly<{
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** Whether an earlier request used the same connection. */
  reused: boolean;
}>;

type RequestOptions = Readonly<{
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  agent?: Agent;
}>;

const usedSockets = new WeakSet<object>();

/** Whether an earlier request used the same connection. Node's `reusedSocket` is wrong for requests that were queued. */
export function isReusedConnection({ socket }: ClientRequest): boolean {
  const isUsed = socket !== null && usedSockets.has(socket);
  if (socket !== null) usedSockets.add(socket);
  return isUsed;
}

/** Sends a request unchanged: the path is not normalised, no headers are added and no redirect is followed. */
export async function sendRequest(
  port: number,
  path: string,
  asked: RequestOptions = {},
): Promise<RawResponse> {
  const { method = 'GET', headers = {}, body, agent = new Agent() } = asked;
  const length =
    body === undefined || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const req = request({ host: '127.0.0.1', port, path, method, agent, headers: { ...length, ...headers } });
  // A server that responds early may close the connection while the body is still being sent.
  req.on('error', () => {});
  req.end(body);
  const [res] = await once(req, 'response');
  const reused = isReusedConnection(req);
  return { status: res.statusCode, headers: res.headers, text: await text(res), reused };
}

/** Sends bytes over TCP. @returns everything received until the connection closed */
export async function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (part) => {
    received += part;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  // The server is expected to close the connection.
  socket.on('error', () => {});
  socket.write(bytes);
  await closed;
  return received;
}
