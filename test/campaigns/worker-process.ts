import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';

// A worker that tests start as a process and kill. It runs only campaigns and sends no mail.
const { 'run-campaign': runCampaign } = createTasks();
if (!runCampaign) throw new Error('there is no run-campaign task');
await startWorker({ 'run-campaign': runCampaign });
