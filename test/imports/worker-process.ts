import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';

// A worker that tests start as a process and kill. It runs only imports and sends no mail.
const { 'run-import': runImport } = createTasks();
if (!runImport) throw new Error('there is no run-import task');
await startWorker({ 'run-import': runImport });
