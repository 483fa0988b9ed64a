import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // A process for each file: config and database are singletons read from the environment once.
    pool: 'forks',
    isolate: false,
    // More than the cores: many tests wait for a server or a process, and other work may keep the cores busy.
    maxWorkers: 4,
    execArgv: ['--throw-deprecation'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
