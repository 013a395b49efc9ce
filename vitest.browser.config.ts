import { defineConfig } from 'vitest/config';

/** npm run test:browser: the admin page in Chromium, which the system has to have (CHROMIUM names it where it is elsewhere). */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.browser.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
