import { defineConfig } from 'vitest/config';

const NEVER = ['**/node_modules/**', '**/dist/**'];
/** Suites in `test/` that need nothing but Node: the whole pipeline under virtual time. */
const VIRTUAL = ['certification', 'simulation'];

/**
 * Two projects, both in `npm test`: `unit`, beside the sources and what of `test/` runs under virtual time, needs nothing but Node; `infra`,
 * the rest of `test/`, may ask for Kafka, registry and PostgreSQL (`test/stack.ts`), which are started once and only when the first suite
 * asks. The last line of a run is the count line.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/count-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...NEVER, `test/!(${VIRTUAL.join('|')})/**`],
          // Far above what any test needs: it only ends one that hangs, also on a machine under load.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'infra',
          include: ['test/**/*.test.ts'],
          exclude: [...NEVER, `test/(${VIRTUAL.join('|')})/**`],
          globalSetup: ['./test/global-setup.ts'],
          fileParallelism: false,
          // As above: the waits inside the tests have deadlines of their own.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
