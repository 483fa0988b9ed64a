import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Express } from 'express';

/** A running web server; `stop` takes no new request and waits for those under way. */
export type WebServer = Readonly<{ port: number; stop(): Promise<void> }>;

/** Serves the app at an address of this machine, null for all of them. Slow clients are cut off; a link of any length up to 128 kB still gets a page, not a broken line. */
export async function listen(app: Express, port: number, host: string | null = null): Promise<WebServer> {
  const server = createServer(
    { maxHeaderSize: 128 * 1024, headersTimeout: 15_000, requestTimeout: 60_000 },
    app,
  );
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new Error(`Port ${port} is in use. Set PORT to another one.`));
      else if (error.code === 'EADDRNOTAVAIL')
        reject(new Error(`This machine has no address ${host}. Set HOST to one that it has.`));
      else reject(error);
    });
    server.listen({ port, ...(host === null ? {} : { host }) }, resolve);
  });
  return { port: portOf(server), stop: gracefulStop(server) };
}

// Asked of the server: PORT=0 lets the system choose.
function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens at no port');
  return address.port;
}

/** What ends a server: answers under way are waited for, connections without one are not. */
function gracefulStop(server: Server): () => Promise<void> {
  const inFlight = new Set<ServerResponse>();
  const closeWhenIdle = () => inFlight.size === 0 && !server.listening && server.closeAllConnections();
  server.prependListener('request', (_req, res) => {
    inFlight.add(res);
    res.shouldKeepAlive &&= server.listening;
    res.once('close', () => {
      inFlight.delete(res);
      closeWhenIdle();
    });
  });
  return () =>
    new Promise((resolve) => {
      for (const res of inFlight) res.shouldKeepAlive = false;
      server.close(() => resolve());
      closeWhenIdle();
    });
}
