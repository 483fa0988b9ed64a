import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type ReceivedMessage = Readonly<{ headers: IncomingHttpHeaders; body: string }>;
export type EndpointResponse = Readonly<{ status: number; headers?: Record<string, string>; body?: string }>;

/** An HTTP server that records the webhook messages it receives. */
export class Receiver {
  readonly received: ReceivedMessage[] = [];
  response: EndpointResponse = { status: 204 };
  /** Closes every connection while true. The port stays open, so that no other test can take it. */
  isDown = false;
  #server: Server | null = null;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hooks`;
  }

  async start(): Promise<void> {
    const server = createServer(async (req, res) => {
      if (this.isDown) return void req.destroy();
      this.received.push({ headers: req.headers, body: await text(req) });
      res.writeHead(this.response.status, this.response.headers).end(this.response.body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  /** Returns and forgets the messages received so far. */
  takeReceived(): ReceivedMessage[] {
    return this.received.splice(0);
  }
}
