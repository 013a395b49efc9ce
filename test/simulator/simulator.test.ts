import { expect, test } from 'vitest';
import { trial } from './trial.js';

/** The seed to run alone, such as one that failed; else the first two hundred. Long ones: test/soak/simulator. */
const { SIMULATOR_SEED: one } = process.env;
const SEEDS = one === undefined ? Array.from({ length: 200 }, (_, n) => n + 1) : [Number(one)];

test('whatever happens to processes and to Smartlead, no promise breaks', { timeout: 300_000 }, async () => {
  let requests = 0;
  for (const seed of SEEDS) requests += (await trial(seed, 'short')).requests;
  expect(requests).toBeGreaterThan(0);
});
