import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait for processes and servers; by default a machine with two cores would run one file at a time.
    maxWorkers: 3,
  },
});
