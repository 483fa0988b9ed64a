import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// What takes longest begins first, or one file would go on alone at the end.
const longest =
  /browser\/\w+-pages|security\/(safe-methods|cross-site|authorization|fuzz|secrets)|demo\/postgres\.test/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => Number(longest.test(moduleId));
    return (await super.sort(files)).sort((a, b) => isLong(b) - isLong(a));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/setup.ts'],
    // A process for each file: config and database are singletons read from the environment once.
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    isolate: false,
    // More than the cores: many tests wait for a server or a process, and other work may keep the cores busy.
    maxWorkers: 6,
    execArgv: ['--throw-deprecation'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
  },
});
