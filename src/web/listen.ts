import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** A running web server; `stop` takes no new request and waits for those under way. */
export type Listening = Readonly<{ port: number; stop(): Promise<void> }>;

/** Serves the app. Slow clients are cut off; a link of any length up to 128 kB still gets a page, not a broken line. */
export async function listen(app: Express, port: number): Promise<Listening> {
  const server = createServer(
    { maxHeaderSize: 128 * 1024, headersTimeout: 15_000, requestTimeout: 60_000 },
    app,
  );
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(taken ? new Error(`Port ${port} is in use. Set PORT to another one.`) : error);
    });
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}
