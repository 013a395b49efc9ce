import { expect, test } from 'vitest';
import { serveCrashTrial } from '../helpers/serve-crash.js';

test('posts by the hundred while Smartlead fails a tenth and the service is killed: what was answered is there, once', async () => {
  const figures = await serveCrashTrial({
    posts: 400,
    kills: 3,
    faults: 'reset-before=2%,reset-after=3%,500=2%,500-after=2%,empty=1%',
    seed: 5,
    perSecond: 20,
    batchSize: 10,
  });
  expect(figures).toMatchObject({
    kills: 3,
    answered: 400,
    lost: 0,
    saidFalsely: 0,
    attachedTwice: 0,
    stuck: 0,
    activeButNotThere: 0,
    thereButNotActive: 0,
    integrity: 'ok',
  });
});
