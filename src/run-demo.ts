import { type Stoppable, startProcess } from './start.ts';

// Only the demo says for itself that it is not production; NODE_ENV=production is obeyed, and refused.
process.env.NODE_ENV ||= 'development';
// What it prints should not drown in log lines.
process.env.LOG_LEVEL ||= 'warn';

await startProcess(runDemo);

/** Web and worker with sample data, in one process. */
async function runDemo(): Promise<Stoppable> {
  const { prepareDemo } = await import('./demo/demo.ts');
  const { runWebAndWorker: webAndWorker } = await import('./processes.ts');
  const banner = await prepareDemo();
  const running = await webAndWorker();
  process.stdout.write(`${banner}\n`);
  return running;
}
