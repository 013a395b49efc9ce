import { expect, test } from 'vitest';
import { crashTrial } from '../helpers/crash-trial.js';
import { record } from './results.js';

test('200 SIGKILLs at random, 5,000 leads, two processes, 15 % faults: nothing lost, nothing twice, nothing stuck', async () => {
  const figures = await crashTrial({
    leads: 5_000,
    kills: 200,
    faults: 'reset-before=3%,reset-after=4%,500=3%,500-after=3%,empty=2%',
    seed: Number(process.env.SOAK_SEED ?? 1),
    perSecond: 8,
    batchSize: 10,
  });
  record('SIGKILLs under faults, 5,000 leads', { ...figures });
  expect(figures).toMatchObject({
    lost: 0,
    attachedTwice: 0,
    stuck: 0,
    activeButNotThere: 0,
    thereButNotActive: 0,
    integrity: 'ok',
  });
});
