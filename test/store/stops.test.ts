import { expect, test } from 'vitest';
import {
  hasRested,
  LONGEST_STOP_MS,
  liftEverything,
  listAllStops,
  listStops,
  newestStop,
  type StopReason,
  setStop,
} from '../../src/store/queue/stops.js';
import { DAY, HOUR, KEY, MINUTE, newStore, TestClock } from './helper.js';

type Store = Awaited<ReturnType<typeof newStore>>;
const stop = (store: Store, reason: StopReason, forMs: number | null = null, campaignId = '') =>
  setStop(store, KEY, { campaignId, reason, message: `m${forMs}`, forMs });
const left = async (store: Store) => (await listStops(store, KEY)).map(({ reason, leftMs }) => [reason, leftMs]);

test('a stop with an end is over when the time has passed, whatever the wall clock does', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'rate_limit', MINUTE);
  for (const step of [HOUR, -2 * HOUR, 40 * DAY, -80 * DAY]) {
    clock.step(step);
    expect(await left(store)).toEqual([['rate_limit', MINUTE]]);
  }
  clock.pass(MINUTE - 1);
  expect(await left(store)).toEqual([['rate_limit', 1]]);
  clock.pass(1);
  expect(await left(store)).toEqual([]);
});

test('a stop without an end stays, and an unreachable Smartlead stays so until it answers', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'auth');
  stop(store, 'unreachable', MINUTE);
  clock.pass(400 * DAY);
  expect(await left(store)).toEqual([
    ['auth', null],
    ['unreachable', 0],
  ]);
});

test('a later end wins; an earlier one changes nothing', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'rate_limit', 30_000);
  stop(store, 'rate_limit', 10_000);
  expect(await left(store)).toEqual([['rate_limit', 30_000]]);
  stop(store, 'rate_limit', 50_000);
  expect(await left(store)).toEqual([['rate_limit', 50_000]]);
});

test('a stop that is set again is a new one: a run that has tried the old one may not go on', async () => {
  const store = await newStore();
  stop(store, 'auth');
  const before = await newestStop(store);
  stop(store, 'auth');
  expect(await newestStop(store)).toBeGreaterThan(before);
  expect(await left(store)).toHaveLength(1);
});

test('no stop with an end is longer than an hour, also after the machine started again with another date', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'rate_limit', 30 * DAY);
  expect(await left(store)).toEqual([['rate_limit', LONGEST_STOP_MS]]);
  store.db.exec("UPDATE stops SET boot_id = 'an earlier boot'");
  clock.step(-40 * DAY);
  expect(await left(store)).toEqual([['rate_limit', LONGEST_STOP_MS]]);
  clock.step(41 * DAY);
  expect(await left(store)).toEqual([]);
});

test('--now lifts everything of the key but the pause Smartlead asked for, and leaves other keys alone', async () => {
  const store = await newStore();
  for (const reason of ['auth', 'cdn_block', 'redirect'] as const) stop(store, reason);
  stop(store, 'unreachable', MINUTE);
  stop(store, 'credit_limit', HOUR);
  stop(store, 'rate_limit', MINUTE);
  stop(store, 'campaign_not_found', null, '1');
  stop(store, 'request_at_fault', null, '2');
  setStop(store, 'another key', { campaignId: '', reason: 'auth', message: '', forMs: null });
  await liftEverything(store, KEY);
  expect(await left(store)).toEqual([['rate_limit', MINUTE]]);
  expect(await listStops(store, 'another key')).toHaveLength(1);
});

test('without a key the stops of all keys are listed, those that are over left out', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'rate_limit', MINUTE);
  setStop(store, 'another key', { campaignId: '5', reason: 'campaign_not_found', message: '', forMs: null });
  const all = async () => (await listAllStops(store)).map(({ campaignId, reason }) => [campaignId, reason]);
  expect(await all()).toEqual([
    ['', 'rate_limit'],
    ['5', 'campaign_not_found'],
  ]);
  clock.pass(MINUTE);
  expect(await all()).toEqual([['5', 'campaign_not_found']]);
});

test.each([
  ['tried for the first time', 0, MINUTE],
  ['tried for the last time after 10 minutes', 10 * MINUTE, 10 * MINUTE],
  ['tried for the last time after a day', DAY, HOUR],
])('a stop rests as long as it had stood when it was tried last, 1 min to 1 h: %s', async (_what, stood, rest) => {
  const clock = new TestClock();
  const store = await newStore(clock);
  stop(store, 'request_at_fault', null, '1');
  clock.pass(stood);
  stop(store, 'request_at_fault', null, '1');
  const [standing] = await listStops(store, KEY);
  if (!standing) throw new Error('no stop');
  const tried = clock.now();
  expect([rest - 1, rest].map((ms) => hasRested(standing, tried + ms))).toEqual([false, true]);
  expect(hasRested(standing, tried - HOUR)).toBe(true);
});
