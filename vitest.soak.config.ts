import { defineConfig } from 'vitest/config';

/** `npm run soak`: what takes minutes to hours. One suite at a time, with the shared stack. */
export default defineConfig({
  test: {
    name: 'soak',
    include: ['test/soak/**/*.soak.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['./test/global-setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    reporters: ['verbose', './test/count-reporter.ts'],
  },
});
