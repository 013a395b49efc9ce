import { expect, test } from 'vitest';
import { type Figures, trial } from '../simulator/trial.js';
import { record } from './results.js';

/** How many seeds, from `FROM`; or the one to play again. */
const { SEEDS = '2000', FROM = '1', SIMULATOR_SEED: one } = process.env;
const HOUR_MS = 3_600_000;

test('whatever happens to processes and to Smartlead, no promise breaks', { timeout: 2 * HOUR_MS }, async () => {
  const [first, count] = one === undefined ? [Number(FROM), Number(SEEDS)] : [Number(one), 1];
  const sums: Figures = { requests: 0, leads: 0, processes: 0, virtualMs: 0 };
  const broken: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    try {
      const figures = await trial(seed, 'long');
      for (const name of ['requests', 'leads', 'processes', 'virtualMs'] as const) sums[name] += figures[name];
    } catch (error) {
      broken.push(error instanceof Error ? error.message : String(error));
      console.error(broken.at(-1));
    }
  }
  const { leads, requests, processes, virtualMs } = sums;
  const hours = Math.round(virtualMs / HOUR_MS);
  record(`The simulator, seeds ${first} to ${first + count - 1}`, {
    leads,
    requests,
    processes,
    hours,
    broken: broken.length,
  });
  expect(broken).toEqual([]);
});
