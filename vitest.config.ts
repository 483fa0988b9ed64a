import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // A process for each file: config and database are singletons read from the environment once.
    pool: 'forks',
    isolate: true,
    maxWorkers: 2,
    execArgv: ['--throw-deprecation'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
