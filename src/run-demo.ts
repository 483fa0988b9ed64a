import { type Stoppable, startProcess } from './start.ts';

// Only the demo sets NODE_ENV itself. With NODE_ENV=production, `prepareDemo` throws.
process.env.NODE_ENV ||= 'development';
// Keeps the printed URLs visible among log lines.
process.env.LOG_LEVEL ||= 'warn';

await startProcess(runDemo);

async function runDemo(): Promise<Stoppable> {
  const { prepareDemo } = await import('./demo/demo.ts');
  const { runWebAndWorker } = await import('./processes.ts');
  const banner = await prepareDemo();
  const running = await runWebAndWorker();
  process.stdout.write(`${banner}\n`);
  return running;
}
