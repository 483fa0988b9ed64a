import { startProcess } from './start.ts';

await startProcess(async () => (await import('./processes.ts')).runWorker());
