import { defineConfig } from 'vitest/config';

/** npm run test:soak: the long tests, one after the other, each with the machine to itself. */
export default defineConfig({
  test: {
    include: ['test/soak/**/*.soak.ts'],
    globalSetup: ['test/soak/results.ts'],
    testTimeout: 20 * 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
