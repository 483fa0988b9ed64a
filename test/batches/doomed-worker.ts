import { startWorker } from '../../src/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';

// A worker process for tests to kill: it takes steps of batches, and sends no mail.
const { 'run-batch': runBatch } = createTasks();
if (!runBatch) throw new Error('nobody runs batches');
await startWorker({ 'run-batch': runBatch });
