import { start } from './start.ts';

await start(async () => (await import('./processes.ts')).web());
