import { expect, test } from 'vitest';
import { listStops, setStop } from '../../src/store/queue/stops.js';
import { KEY, queue } from '../store/helper.js';
import { always, attemptsOf, benchWith, leads, only, retry, startBench } from './helper.js';

test.each([
  ['401', 'auth', 'auth'],
  ['403-html', 'push_failed', 'cdn_block'],
  ['302', 'push_failed', 'redirect'],
] as const)('a %s stops the key at once and uses no attempt up', async (fault, held, reason) => {
  const bench = await benchWith(2000, always(fault));
  const end = await bench.deliver();
  expect(end.stoppedBy).toMatchObject({ reason, leftMs: null });
  expect(bench.states()[held]).toBe(bench.posts().length * 100);
  expect(bench.posts().length).toBeLessThanOrEqual(10);
  expect(attemptsOf(bench)).toEqual([0]);
});

test('a key refused midway: nothing is sent after what was on the way, though successes come in later', async () => {
  let calls = 0;
  const bench = await benchWith(3000, { ...only(1, '401'), latencyMs: () => (calls++ === 1 ? 0 : 150) });
  const end = await bench.deliver();
  expect(end.stoppedBy).toMatchObject({ reason: 'auth' });
  expect(bench.posts().length).toBeLessThanOrEqual(10);
  expect(bench.states()).toMatchObject({ auth: 100, ACTIVE: (bench.posts().length - 1) * 100 });
  expect(await listStops(bench.store, KEY)).toMatchObject([{ reason: 'auth' }]);
});

test('a later run tries a stopped key with one request, and either stops again or does all the work', async () => {
  let good = false;
  const bench = await benchWith(300, { acceptKey: () => good });
  await bench.deliver({ batchSize: 300 });
  await retry(bench);
  bench.requests.length = 0;
  expect((await bench.deliver({ run: bench.run })).stoppedBy).toMatchObject({ reason: 'auth' });
  expect(bench.posts()).toHaveLength(1);
  good = true;
  await retry(bench);
  await bench.deliver({ run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 300 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test.each([true, false])(
  'leads that are to be looked up try a stopped key with one request as well (key good: %s)',
  async (good) => {
    const bench = await startBench({ acceptKey: () => good });
    setStop(bench.store, KEY, { campaignId: '', reason: 'auth', message: '401', forMs: null });
    await queue(bench.store, bench.run, leads(1), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
    await queue(bench.store, bench.run, leads(5, 'more'));
    const end = await bench.deliver();
    if (good) {
      expect(bench.states()).toEqual({ ACTIVE: 5, push_failed: 1 });
      expect(end.stoppedBy).toBeUndefined();
    } else {
      expect(bench.requests).toHaveLength(1);
      expect(bench.states()).toEqual({ unknown: 1, queued: 5 });
      expect(end.stoppedBy).toMatchObject({ reason: 'auth' });
    }
  },
);

test('a look-up can be what finds out that Smartlead answers again', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, leads(3), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  await queue(bench.store, bench.run, leads(5, 'more'));
  setStop(bench.store, KEY, { campaignId: '', reason: 'unreachable', message: '', forMs: 0 });
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 5, push_failed: 3 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});
