// A process that starts or adopts the server of a directory, says so on a line, and stops it when its input ends.
import { startPostgres } from '../../src/demo/postgres/postgres.ts';

const [directory = ''] = process.argv.slice(2);
const server = await startPostgres({ directory });
process.stdout.write(`${server.url}\n`);
process.stdin.resume().on('end', async () => {
  await server.stop();
  process.exit(0);
});
