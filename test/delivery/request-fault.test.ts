import { expect, test } from 'vitest';
import { listStops } from '../../src/store/queue/stops.js';
import { actions, KEY, newRun, queue, rows } from '../store/helper.js';
import { leads, seeded, startBench } from './helper.js';

/** `n` leads of which those at `bad` have an address that the server does not take. */
const withBad = (n: number, bad: readonly number[]) =>
  Array.from({ length: n }, (_, index) =>
    bad.includes(index) ? `b${index}+invalid@example.com` : `g${index}@example.com`,
  );
const allBad = (n: number, name = 'b') =>
  Array.from({ length: n }, (_, index) => `${name}${index}+invalid@example.com`);
const HINTS = ['reject', 'reject-unnamed'] as const;

test.each(HINTS)(
  'a request that is refused whatever lead it holds (%s) is found out early: no lead is blamed',
  async (invalid) => {
    const bench = await startBench({ invalid });
    await queue(bench.store, bench.run, allBad(100));
    await queue(bench.store, bench.run, leads(30), { assigned_campaign_id: '2' });
    await bench.deliver();
    expect(bench.states()).toEqual({ push_failed: 100, ACTIVE: 30 });
    expect(bench.posts().length).toBeLessThanOrEqual(50);
    expect(await listStops(bench.store, KEY)).toMatchObject([
      { campaignId: '1', reason: 'request_at_fault', leftMs: null },
    ]);
    expect(bench.sandbox.account.membersOf('1')).toEqual([]);
    // what was sent has used an attempt up; what was blamed before the fault was known is so no more
    const sent = [...rows(bench.store).values()].filter((row) => row.status === 'HELD' && row.push_attempts === 1);
    expect(sent.length).toBeGreaterThanOrEqual(5);
    for (const { email, last_error, next_attempt_at } of sent) {
      expect(actions(bench.store, email).at(-1)).toBe('push_failed');
      expect(last_error).toMatch(/^400 /);
      expect(next_attempt_at).not.toBeNull();
    }
  },
);

test('of a large run with such a request no more than its beginning is sent', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await queue(bench.store, bench.run, allBad(2000));
  await bench.deliver();
  expect(bench.states()).toEqual({ push_failed: 2000 });
  expect(bench.posts().length).toBeLessThanOrEqual(60);
});

test('when what was wrong is mended, a later run pushes all of them and the stop is gone', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await queue(bench.store, bench.run, allBad(40));
  await bench.deliver();
  const later = await newRun(bench.store);
  bench.store.db
    .prepare(
      "UPDATE leads SET push_run_seq = ?, hold_reason = 'queued', next_attempt_at = '2020', email = replace(email, '+invalid', '')",
    )
    .run(later.seq);
  await bench.deliver({ run: later });
  expect(bench.states()).toEqual({ ACTIVE: 40 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test.each([
  ['one at the front', [0], 15, 3],
  ['one in the middle', [49], 15, 3],
  ['one at the end', [99], 15, 3],
  ['three far apart', [3, 50, 97], 37, 7],
  ['three together', [10, 11, 12], 27, 7],
  ['ten at the front', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 120, 40],
  ['ten evenly spread', [5, 15, 25, 35, 45, 55, 65, 75, 85, 95], 120, 40],
  ['ten scattered', [1, 8, 22, 31, 44, 47, 62, 63, 88, 99], 120, 40],
] as const)('bad leads among 100 cost themselves alone: %s', async (_where, bad, most, mostWithHint) => {
  let calls = 0;
  // answers that overtake each other: what is refused alone is often known before what passes
  const latency = () => [0, 6, 1, 9, 3][calls++ % 5] ?? 0;
  for (const invalid of HINTS) {
    const bench = await startBench({ invalid, latencyMs: bad.length > 3 ? latency : 0 });
    await queue(bench.store, bench.run, withBad(100, bad));
    // sampling draws; a fixed seed keeps the one case in ten thousand out in which it draws bad leads only
    await bench.deliver({ random: seeded(7) });
    expect(bench.states()).toEqual({ ACTIVE: 100 - bad.length, refused: bad.length });
    const blamed = [...rows(bench.store).values()].filter(({ hold_reason }) => hold_reason === 'refused');
    expect(blamed.every(({ email, push_attempts }) => email.includes('+invalid') && push_attempts === 0)).toBe(true);
    expect(bench.posts().length).toBeLessThanOrEqual(invalid === 'reject' ? mostWithHint : most);
    expect(await listStops(bench.store, KEY)).toEqual([]);
  }
});

test('two bad leads alone in a campaign are no proof, neither against them nor against the request', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await queue(bench.store, bench.run, allBad(2));
  await bench.deliver();
  expect(bench.states()).toEqual({ push_failed: 2 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test('when every lead of a small campaign is refused alone with one message, it is the request', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await queue(bench.store, bench.run, allBad(4));
  await bench.deliver();
  expect(bench.states()).toEqual({ push_failed: 4 });
  expect(await listStops(bench.store, KEY)).toMatchObject([{ reason: 'request_at_fault' }]);
});

test('once a request has passed, bad leads at the end of a long list stay bad leads', async () => {
  const bench = await startBench({ invalid: 'reject' });
  await queue(
    bench.store,
    bench.run,
    withBad(
      100,
      Array.from({ length: 30 }, (_, n) => n * 3),
    ),
  );
  await bench.deliver({ random: seeded(3) });
  expect(bench.states()).toEqual({ ACTIVE: 70, refused: 30 });
});

test('a server that no longer takes anything, after it took some, is found out as well', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await queue(bench.store, bench.run, leads(100));
  await bench.deliver();
  await queue(bench.store, bench.run, [...leads(100, 'more'), ...allBad(300)]);
  await bench.deliver();
  expect(bench.states()).toMatchObject({ ACTIVE: 200, push_failed: 300 });
  expect(bench.posts().length).toBeLessThanOrEqual(70);
});
