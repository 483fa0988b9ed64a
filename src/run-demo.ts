import { type Running, start } from './start.ts';

// Only the demo says for itself that it is not production; NODE_ENV=production is obeyed, and refused.
process.env.NODE_ENV ||= 'development';
// What it prints should not drown in log lines.
process.env.LOG_LEVEL ||= 'warn';

await start(runDemo);

/** Web and worker with sample data, in one process. */
async function runDemo(): Promise<Running> {
  const { prepareDemo } = await import('./demo/demo.ts');
  const { webAndWorker } = await import('./processes.ts');
  const words = await prepareDemo();
  const running = await webAndWorker();
  process.stdout.write(`${words}\n`);
  return running;
}
