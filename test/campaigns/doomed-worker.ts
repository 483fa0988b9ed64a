import { startWorker } from '../../src/platform/jobs/worker.ts';
import { createTasks } from '../../src/tasks.ts';

// A worker process for tests to kill: it takes steps of campaigns, and sends no mail.
const { 'run-campaign': runCampaign } = createTasks();
if (!runCampaign) throw new Error('nobody runs campaigns');
await startWorker({ 'run-campaign': runCampaign });
