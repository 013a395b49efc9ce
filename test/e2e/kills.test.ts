import { expect, test } from 'vitest';
import { crashTrial } from '../helpers/crash-trial.js';

test('killed at random again and again, under faults, no lead is lost, doubled or stuck', {
  timeout: 90_000,
}, async () => {
  const figures = await crashTrial({
    leads: 400,
    kills: 16,
    faults: 'reset-before=3%,reset-after=4%,500=3%,500-after=3%,empty=2%',
    seed: 3,
    perSecond: 10,
    batchSize: 5,
  });
  expect(figures.kills).toBeGreaterThanOrEqual(16);
  expect(figures).toMatchObject({
    lost: 0,
    attachedTwice: 0,
    stuck: 0,
    activeButNotThere: 0,
    thereButNotActive: 0,
    integrity: 'ok',
  });
});
