import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Cluster } from './postgres-cluster.ts';
import { give } from './postgres-user.ts';

/** In the data directory; its postgresql.conf includes it. */
export const settingsFile = 'homecoming.conf';

// No errors of statements, and terse: the log must not hold what people typed.
const always = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  'max_connections = 200',
  "timezone = 'UTC'",
  "log_timezone = 'UTC'",
  'log_min_messages = log',
  'log_error_verbosity = terse',
  'log_min_error_statement = panic',
];

const notDurable = [
  'fsync = off',
  'synchronous_commit = off',
  'full_page_writes = off',
  'wal_level = minimal',
  'max_wal_senders = 0',
];

/**
 * Writes the server's settings, with a port that is free now. They stand in a file rather than on the command line
 * so that a plain `pg_ctl start` starts the same server.
 */
export async function writeSettings({ data, durable, user }: Cluster): Promise<void> {
  const file = join(data, settingsFile);
  const port = await freePort();
  const lines = [
    '# Written anew at each start.',
    `port = ${port}`,
    ...always,
    ...(durable ? [] : notDurable),
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  await give(file, user);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
