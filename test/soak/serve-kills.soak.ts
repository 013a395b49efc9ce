import { expect, test } from 'vitest';
import { serveCrashTrial } from '../helpers/serve-crash.js';
import { record } from './results.js';

test('2,000 posts at once, a tenth of the answers fails, five SIGKILLs: what was answered is there, once', async () => {
  const figures = await serveCrashTrial({
    posts: 2000,
    kills: 5,
    faults: 'reset-before=2%,reset-after=3%,500=2%,500-after=2%,empty=1%',
    seed: Number(process.env.SOAK_SEED ?? 1),
    perSecond: 20,
    batchSize: 10,
  });
  record('serve: 2,000 posts at once, 10 % faults, five SIGKILLs', { ...figures });
  expect(figures).toMatchObject({
    answered: 2000,
    lost: 0,
    saidFalsely: 0,
    attachedTwice: 0,
    stuck: 0,
    activeButNotThere: 0,
    thereButNotActive: 0,
    integrity: 'ok',
  });
  expect(figures.densest).toBeLessThanOrEqual(20);
});
