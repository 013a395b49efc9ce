import { expect, test } from 'vitest';
import { Breaker } from '../../src/delivery/breaker.js';
import { listStops } from '../../src/store/queue/stops.js';
import { KEY, queue } from '../store/helper.js';
import { leads, startBench } from './helper.js';

test('a campaign that fails is stopped alone: the leads of a healthy one get through', async () => {
  const bench = await startBench({ faults: ({ path }) => (path.includes('/campaigns/1/') ? '500' : undefined) });
  await queue(bench.store, bench.run, leads(200), { assigned_campaign_id: '1' });
  // what failed before goes in groups, which come first
  await queue(bench.store, bench.run, leads(200, 'group'), {
    assigned_campaign_id: '1',
    push_group: 5,
    hold_reason: 'unknown',
  });
  await queue(bench.store, bench.run, leads(50, 'healthy'), { assigned_campaign_id: '2' });
  await bench.deliver({ batchSize: 10, maxWaitMs: 1000 });
  expect(bench.states().ACTIVE).toBe(50);
  expect(await listStops(bench.store, KEY)).toMatchObject([{ campaignId: '1', reason: 'unreachable' }]);
  expect(bench.posts().filter(({ path }) => path.includes('/campaigns/1/')).length).toBeLessThanOrEqual(15);
});

test('leads of another campaign that go as groups wait, too: the one that fails is stopped alone', async () => {
  const bench = await startBench({ faults: ({ path }) => (path.includes('/campaigns/1/') ? '500' : undefined) });
  for (let n = 0; n < 8; n++) {
    const group = { assigned_campaign_id: '1', push_group: 1000 + n, hold_reason: 'unknown' } as const;
    await queue(bench.store, bench.run, leads(1, `fails${n}-`), group);
  }
  const last = { assigned_campaign_id: '2', push_group: 9000, hold_reason: 'unknown' } as const;
  await queue(bench.store, bench.run, leads(3, 'healthy'), last);
  await bench.deliver({ maxWaitMs: 1000 });
  expect(bench.states()).toEqual({ ACTIVE: 3, unknown: 8 });
});

test('when every campaign fails it is the key that pauses', async () => {
  const bench = await startBench({ faults: () => '500' });
  for (const campaign of ['1', '2', '3']) {
    await queue(bench.store, bench.run, leads(100, `c${campaign}-`), { assigned_campaign_id: campaign });
  }
  await bench.deliver({ batchSize: 10, maxWaitMs: 1000 });
  expect(await listStops(bench.store, KEY)).toMatchObject([{ campaignId: '', reason: 'unreachable' }]);
  expect(bench.posts().length).toBeLessThanOrEqual(15);
});

test('the probe of a paused key goes to a campaign that did not fail last', async () => {
  const bench = await startBench();
  const { db } = bench.store;
  await queue(bench.store, bench.run, leads(10, 'one'), {
    assigned_campaign_id: '1',
    push_group: 5,
    hold_reason: 'unknown',
  });
  await queue(bench.store, bench.run, leads(10, 'two'), { assigned_campaign_id: '2' });
  await bench.deliver({ stopping: AbortSignal.abort() });
  db.prepare(
    `INSERT INTO attempts (organization_id, run_seq, key_id, campaign_id, step, lead_count, host, boot_id, pid,
       process_started, claimed_at, lease_until, lease_steady, settled_at, outcome)
     VALUES ('default', 1, ?, '1', 'push', 1, '', '', 1, '', '2025', '2025', 0, '2025', 'unknown')`,
  ).run(KEY);
  db.prepare(
    `INSERT INTO stops (key_id, campaign_id, reason, message, since, until, boot_id)
     VALUES (?, '', 'unreachable', 'm', '2025', '2025', 'b')`,
  ).run(KEY);
  await bench.deliver();
  expect(bench.posts().map(({ path }) => path.includes('/campaigns/2/'))).toEqual([true, false, true]);
  expect(bench.states()).toEqual({ ACTIVE: 20 });
});

const many = (breaker: Breaker, n: number, campaign: string, outcome: string, others = false) =>
  Array.from({ length: n }, () => breaker.note(campaign, outcome, () => others)).at(-1);

test.each([
  ['five in a row of one campaign, no other at work', () => many(new Breaker(), 5, '1', 'unknown'), 'key'],
  ['five in a row of one campaign, others wait', () => many(new Breaker(), 5, '1', 'unknown', true), 'campaign'],
  ['four in a row', () => many(new Breaker(), 4, '1', 'unknown', true), undefined],
  ['three that could not be sent', () => many(new Breaker(), 3, '1', 'not_sent', true), 'key'],
])('%s', (_what, result, expected) => {
  expect(result()).toBe(expected);
});

test('a campaign that fails every time is stopped though another answers in between', () => {
  const breaker = new Breaker();
  const seen = Array.from({ length: 5 }, () => {
    breaker.note('2', 'evidence', () => true);
    return breaker.note('1', 'unknown', () => true);
  });
  expect(seen).toEqual([undefined, undefined, undefined, undefined, 'campaign']);
});

test('when a second campaign fails after the first was stopped, and none answers, it is the key', () => {
  const breaker = new Breaker();
  expect(many(breaker, 5, '1', 'unknown', true)).toBe('campaign');
  expect(breaker.note('2', 'unknown', () => true)).toBe('key');
});
