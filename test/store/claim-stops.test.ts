import { expect, test } from 'vitest';
import type { StoreContext } from '../../src/store/engine/context.js';
import { settleAttempt } from '../../src/store/queue/settling.js';
import { type StopReason, setStop } from '../../src/store/queue/stops.js';
import {
  actions,
  addresses,
  claim,
  claimed,
  HOUR,
  KEY,
  MINUTE,
  newRun,
  newStore,
  queue,
  rows,
  settlement,
  TestClock,
} from './helper.js';

function stop(store: StoreContext, reason: StopReason, forMs: number | null = null, campaignId = ''): number {
  setStop(store, KEY, { campaignId, reason, message: `because of ${reason}`, forMs });
  return store.db.prepare<[], number>('SELECT max(id) FROM stops').pluck().get() ?? 0;
}

test('leads of a stopped campaign are held with its reason, unknown ones stay unknown, other campaigns go on', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(2, 'gone'), { assigned_campaign_id: '1' });
  await queue(store, run, addresses(1, 'split'), { assigned_campaign_id: '1', push_group: 1000 });
  await queue(store, run, addresses(1, 'perhaps'), {
    assigned_campaign_id: '1',
    push_group: 2000,
    hold_reason: 'unknown',
  });
  await queue(store, run, addresses(2, 'fault'), { assigned_campaign_id: '2' });
  await queue(store, run, addresses(2, 'good'), { assigned_campaign_id: '3' });
  stop(store, 'campaign_not_found', null, '1');
  stop(store, 'request_at_fault', null, '2');
  expect((await claimed(store, run)).campaignId).toBe('3');
  expect(await claim(store, run)).toEqual({ kind: 'nothing' });
  const held = [...rows(store).values()].map(({ email, hold_reason, push_group, next_attempt_at }) => [
    email.slice(0, 5),
    hold_reason,
    push_group,
    next_attempt_at !== null,
  ]);
  expect(held).toEqual([
    ['gone0', 'campaign_not_found', null, false],
    ['gone0', 'campaign_not_found', null, false],
    ['split', 'campaign_not_found', null, false],
    ['perha', 'unknown', 2000, true],
    ['fault', 'push_failed', null, true],
    ['fault', 'push_failed', null, true],
    ['good0', 'queued', null, false],
    ['good0', 'queued', null, false],
  ]);
  expect(actions(store, 'gone0000@example.com')).toEqual(['held']);
  expect(rows(store).get('gone0000@example.com')?.last_error).toBe('because of campaign_not_found');
});

test('many groups of a stopped campaign do not hide the groups of another', async () => {
  const store = await newStore();
  const run = await newRun(store);
  for (let n = 0; n < 120; n++) {
    await queue(store, run, [`u${n}@x.com`], {
      assigned_campaign_id: '1',
      push_group: 1000 + n,
      hold_reason: 'unknown',
    });
  }
  await queue(store, run, ['good@x.com'], { assigned_campaign_id: '2', push_group: 9000, hold_reason: 'unknown' });
  stop(store, 'campaign_not_found', null, '1');
  expect((await claimed(store, run)).leads.map(({ email }) => email)).toEqual(['good@x.com']);
});

test('a campaign that was stopped before the run began is tried by it with one lead', async () => {
  const store = await newStore();
  const id = stop(store, 'campaign_not_found', null, '1');
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  const claim = await claimed(store, run, { trying: new Set([id]) });
  expect(claim.leads).toHaveLength(1);
});

test.each(['auth', 'cdn_block', 'redirect', 'credit_limit', 'unreachable'] as const)(
  'a key stopped for %s gives nothing, until a run tries that very stop',
  async (reason) => {
    const store = await newStore();
    const run = await newRun(store);
    await queue(store, run, addresses(2));
    const id = stop(store, reason, reason === 'credit_limit' || reason === 'unreachable' ? HOUR : null);
    expect(await claim(store, run)).toMatchObject({ kind: 'stopped', by: { reason, message: `because of ${reason}` } });
    expect(await claim(store, run, { keyId: 'another key' })).toMatchObject({ kind: 'claimed' });
    await queue(store, run, addresses(2, 'more'));
    expect(await claim(store, run, { trying: new Set([id]) })).toMatchObject({ kind: 'claimed' });
  },
);

test('a pause that Smartlead asked for is waited out by everybody, and ends by itself', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  const id = stop(store, 'rate_limit', 30_000);
  expect(await claim(store, run, { trying: new Set([id - 1]) })).toMatchObject({
    kind: 'wait',
    ms: 30_000,
    pausedBy: { reason: 'rate_limit' },
  });
  clock.step(-HOUR);
  clock.pass(29_999);
  expect(await claim(store, run)).toMatchObject({ kind: 'wait', ms: 1 });
  clock.pass(1);
  expect(await claim(store, run)).toMatchObject({ kind: 'claimed' });
});

test('with nothing to push a stopped key is of no concern', async () => {
  const store = await newStore();
  stop(store, 'auth');
  expect(await claim(store, await newRun(store))).toEqual({ kind: 'nothing' });
});

test('when the pause of an unreachable Smartlead is over one process probes, the others wait for what it finds', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const runs = [await newRun(store), await newRun(store)] as const;
  await queue(store, runs[0], addresses(2, 'a'));
  await queue(store, runs[1], addresses(2, 'b'));
  stop(store, 'unreachable', MINUTE);
  expect(await claim(store, runs[0])).toMatchObject({ kind: 'stopped', by: { leftMs: MINUTE } });
  clock.pass(MINUTE);
  const probe = await claimed(store, runs[0]);
  expect(probe).toMatchObject({ probe: { reason: 'unreachable' }, leads: [{}] });
  expect(await claim(store, runs[1])).toMatchObject({ kind: 'stopped', by: { reason: 'unreachable' } });
  await settleAttempt(store, runs[0], KEY, probe, settlement([], { lift: ['unreachable'] }));
  expect(await claim(store, runs[1])).toMatchObject({ kind: 'claimed', claim: { probe: undefined } });
});

test('a probe that never comes back keeps the others waiting for a minute, not for good', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, addresses(3));
  stop(store, 'unreachable', MINUTE);
  clock.pass(MINUTE);
  await claimed(store, run, { batchSize: 1 });
  expect(await claim(store, run, { batchSize: 1 })).toMatchObject({ kind: 'stopped' });
  clock.pass(65_000);
  expect(await claim(store, run, { batchSize: 1 })).toMatchObject({
    kind: 'claimed',
    claim: { probe: { reason: 'unreachable' } },
  });
});

test.each([
  ['refused key', 'auth', null],
  ['pause', 'rate_limit', MINUTE],
] as const)('a probe never goes past a %s', async (_what, reason, forMs) => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  stop(store, 'unreachable', 1000);
  stop(store, reason, forMs);
  clock.pass(1000);
  const answer = await claim(store, run);
  expect(answer.kind === 'stopped' ? answer.by.reason : answer.kind === 'wait' && answer.pausedBy?.reason).toBe(reason);
});

test('while every campaign fails, each has its turn to find out whether Smartlead is there again', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  for (const campaign of ['1', '2', '3']) {
    await queue(store, run, addresses(5, `c${campaign}-`), { assigned_campaign_id: campaign });
    // what failed before goes in groups, which come first
    const group = { assigned_campaign_id: campaign, push_group: Number(campaign), hold_reason: 'unknown' } as const;
    await queue(store, run, addresses(5, `g${campaign}-`), group);
  }
  stop(store, 'unreachable', 1000);
  const tried: string[] = [];
  for (let n = 0; n < 6; n++) {
    clock.pass(70_000);
    const probe = await claimed(store, run);
    await settleAttempt(store, run, KEY, probe, settlement([], { outcome: 'unknown', httpStatus: 500 }));
    tried.push(probe.campaignId);
  }
  expect(tried).toEqual(['1', '2', '3', '1', '2', '3']);
});

test('a run that tries a stop before its time asks where Smartlead did not fail last', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(1, 'fails'), { assigned_campaign_id: '1' });
  const failed = await claimed(store, run);
  await settleAttempt(store, run, KEY, failed, settlement([], { outcome: 'unknown', httpStatus: 500 }));
  await queue(store, run, addresses(2, 'waits'), { assigned_campaign_id: '1' });
  await queue(store, run, addresses(2, 'well'), { assigned_campaign_id: '2' });
  const id = stop(store, 'unreachable', HOUR);
  expect((await claimed(store, run, { trying: new Set([id]) })).campaignId).toBe('2');
});
