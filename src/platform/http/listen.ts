import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Express } from 'express';

/** A running server. `stop` accepts no new requests and waits for those in progress. */
export type WebServer = Readonly<{ port: number; stop(): Promise<void> }>;

/**
 * Serves the app on a network interface; null for all. Slow clients time out. The header limit of 128 kB lets long URLs get an
 * error page instead of a closed connection.
 */
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

// With PORT=0 the system chooses the port.
function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server is not listening on a port');
  return address.port;
}

/** Returns a function that stops the server: waits for responses in progress and closes idle connections. */
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
