import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';

// A worker process for tests to kill: it takes steps of imports, and sends no mail.
const { 'run-import': runImport } = createTasks();
if (!runImport) throw new Error('nobody runs imports');
await startWorker({ 'run-import': runImport });
