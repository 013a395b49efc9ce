import { expect, test } from 'vitest';
import { trial } from './trial.js';

/** The seed to run alone, such as one that failed; else the first forty. */
const { SIMULATOR_SEED: one } = process.env;
const SEEDS = one === undefined ? Array.from({ length: 40 }, (_, n) => n + 1) : [Number(one)];

test('whatever happens to processes and to Smartlead, no promise breaks', { timeout: 120_000 }, async () => {
  for (const seed of SEEDS) expect((await trial(seed)).requests).toBeGreaterThan(0);
});
