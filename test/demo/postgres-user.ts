// A process that starts or connects to the embedded server of a directory, prints its URL, and stops it when stdin ends or
// Ctrl-C is pressed.
import { startPostgres } from '../../src/demo/postgres/postgres.ts';

const [directory = ''] = process.argv.slice(2);
const server = await startPostgres({ directory });
let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  await server.stop();
  process.exit(0);
};
process.stdin.resume().on('end', stop);
process.on('SIGINT', stop);
process.stdout.write(`${server.url}\n`);
