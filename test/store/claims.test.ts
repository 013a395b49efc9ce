import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import { LEASE_MS, renewLease } from '../../src/store/claims.js';
import type { StoreContext } from '../../src/store/context.js';
import { recoverAttempts, settleAttempt } from '../../src/store/settling.js';
import { newestStop, type StopReason, setStop } from '../../src/store/stops.js';
import {
  actions,
  addresses,
  claim,
  claimed,
  DAY,
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

test('batches are packed by campaign: as few requests as there can be, and every lead once', async () => {
  const store = await newStore();
  const run = await newRun(store);
  for (const [campaign, n] of [
    ['1', 250],
    ['2', 100],
    ['3', 1],
  ] as const) {
    await queue(store, run, addresses(n, `c${campaign}-`), { assigned_campaign_id: campaign });
  }
  const sizes: Array<[string, number]> = [];
  const seen = new Set<number>();
  for (let answer = await claim(store, run); answer.kind === 'claimed'; answer = await claim(store, run)) {
    sizes.push([answer.claim.campaignId, answer.claim.leads.length]);
    for (const lead of answer.claim.leads) {
      expect(seen.has(lead.seq)).toBe(false);
      seen.add(lead.seq);
      expect(lead.assigned_campaign_id).toBe(answer.claim.campaignId);
    }
  }
  expect(sizes.sort()).toEqual([
    ['1', 100],
    ['1', 100],
    ['1', 50],
    ['2', 100],
    ['3', 1],
  ]);
  expect(seen.size).toBe(351);
});

test('a claim is in the database before it is handed out', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  const { attemptId, token } = await claimed(store, run);
  expect(store.db.inTransaction).toBe(false);
  expect([...rows(store).values()].map((row) => [row.attempt_id, row.next_attempt_at])).toEqual([
    [attemptId, null],
    [attemptId, null],
  ]);
  expect(store.db.prepare('SELECT pid, lead_count, outcome FROM attempts').all()).toEqual([
    { pid: process.pid, lead_count: 2, outcome: null },
  ]);
  expect(store.db.prepare('SELECT id, answered_at FROM rate_tokens').all()).toEqual([{ id: token, answered_at: null }]);
});

test('no claim without a token: leads stay where they are when the limit is used up', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  const windows = [{ requests: 1, perMs: 2000 }];
  await claimed(store, run, { windows, batchSize: 1 });
  expect(await claim(store, run, { windows })).toMatchObject({ kind: 'wait', pausedBy: undefined });
  expect(store.db.prepare('SELECT count(*) AS n FROM attempts').get()).toEqual({ n: 1 });
  expect(rows(store).get('lead0001@example.com')).toMatchObject({ attempt_id: null });
});

test('campaigns take turns', async () => {
  const store = await newStore();
  const run = await newRun(store);
  for (const campaign of ['1', '2', '3'])
    await queue(store, run, addresses(4, `c${campaign}-`), { assigned_campaign_id: campaign });
  const turns: string[] = [];
  for (let n = 0; n < 6; n++)
    turns.push((await claimed(store, run, { batchSize: 2, after: turns.at(-1) ?? '' })).campaignId);
  expect(turns).toEqual(['1', '2', '3', '1', '2', '3']);
});

test('while the input is read only full batches go, of whichever campaign has one', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(3, 'a'), { assigned_campaign_id: '1' });
  await queue(store, run, addresses(5, 'b'), { assigned_campaign_id: '2' });
  const full = { batchSize: 5, onlyFullBatches: true };
  expect((await claimed(store, run, full)).campaignId).toBe('2');
  expect(await claim(store, run, full)).toEqual({ kind: 'nothing' });
  expect((await claimed(store, run, { batchSize: 5 })).leads).toHaveLength(3);
});

test('groups go first, lowest first, alone and however small, also while the input is read', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(10, 'new'));
  await queue(store, run, addresses(2, 'second'), { push_group: 2000 });
  await queue(store, run, addresses(1, 'first'), { push_group: 1000, hold_reason: 'unknown' });
  await queue(store, run, addresses(1, 'last'), { push_group: 1e15 + 1000 });
  await queue(store, run, addresses(1, 'sample'), { push_group: -7 });
  const order: Array<[number | null, number]> = [];
  for (let n = 0; n < 5; n++) {
    const { group, leads } = await claimed(store, run, { onlyFullBatches: n < 4 });
    order.push([group, leads.length]);
  }
  expect(order).toEqual([
    [-7, 1],
    [1000, 1],
    [2000, 2],
    [1e15 + 1000, 1],
    [null, 10],
  ]);
});

test('a group larger than a batch goes in several', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(5), { push_group: 1000 });
  const sizes = [];
  for (let n = 0; n < 3; n++) sizes.push((await claimed(store, run, { batchSize: 2 })).leads.length);
  expect(sizes).toEqual([2, 2, 1]);
});

test('leads of one group that are to be looked up and leads to be pushed never share a claim', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(2, 'look'), { push_group: 1000, push_step: 'look_up', hold_reason: 'unknown' });
  await queue(store, run, addresses(3, 'push'), { push_group: 1000 });
  const both = [await claimed(store, run), await claimed(store, run)];
  expect(both.map(({ step, leads }) => [step, leads.length]).sort()).toEqual([
    ['look_up', 2],
    ['push', 3],
  ]);
});

test('a run claims its own leads only, and only when their time has come', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, await newRun(store), addresses(2, 'other'));
  await queue(store, run, addresses(2, 'later'), {
    hold_reason: 'push_failed',
    next_attempt_at: isoTime(clock.now() + MINUTE),
  });
  await queue(store, run, addresses(2, 'group'), {
    hold_reason: 'unknown',
    push_group: 1000,
    next_attempt_at: isoTime(clock.now() + MINUTE),
  });
  expect(await claim(store, run)).toEqual({ kind: 'nothing' });
  clock.pass(MINUTE);
  expect((await claimed(store, run)).leads.map(({ email }) => email)).toEqual(addresses(2, 'group'));
  expect((await claimed(store, run)).leads.map(({ email }) => email)).toEqual(addresses(2, 'later'));
});

test.each([
  ['an hour', HOUR],
  ['40 days', 40 * DAY],
])('a clock set back by %s holds up nothing that was due at once', async (_how, back) => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, addresses(3, 'queued'));
  await queue(store, run, addresses(2, 'group'), { push_group: 1000, hold_reason: 'unknown' });
  clock.step(-back);
  expect((await claimed(store, run)).leads).toHaveLength(2);
  expect((await claimed(store, run)).leads).toHaveLength(3);
});

test('a due time beyond any wait drason sets, left by a clock that ran ahead, counts as come', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  const wait = { hold_reason: 'push_failed', next_attempt_at: isoTime(clock.now() + 40 * DAY) } as const;
  await queue(store, run, addresses(1, 'alone'), wait);
  await queue(store, run, addresses(1, 'group'), { ...wait, push_group: 1000 });
  expect((await claimed(store, run)).group).toBe(1000);
  expect((await claimed(store, run)).group).toBe(null);
});

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

test('a campaign that was stopped before the run began is tried by it', async () => {
  const store = await newStore();
  stop(store, 'campaign_not_found', null, '1');
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  expect((await claimed(store, run, { oldStops: await newestStop(store) })).leads).toHaveLength(2);
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
  expect(probe.probe).toBe(true);
  expect(await claim(store, runs[1])).toMatchObject({ kind: 'stopped', by: { reason: 'unreachable' } });
  await settleAttempt(store, runs[0], KEY, probe, settlement([], { lift: ['unreachable'] }));
  expect(await claim(store, runs[1])).toMatchObject({ kind: 'claimed', claim: { probe: false } });
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
  expect(await claim(store, run, { batchSize: 1 })).toMatchObject({ kind: 'claimed', claim: { probe: true } });
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

test('a lead suppressed since it was routed is never sent: a queued one is blocked, an unknown one only looked up', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, ['a@x.com', 'stop@x.com', 'b@x.com']);
  await queue(store, run, ['perhaps@x.com'], { push_group: 1000, hold_reason: 'unknown' });
  for (const email of ['stop@x.com', 'perhaps@x.com']) {
    store.db.prepare("INSERT INTO suppressions VALUES ('default', ?, 'unsubscribed', 'test', '')").run(email);
  }
  const claims = [];
  for (let n = 0; n < 3; n++) {
    const answer = await claim(store, run);
    if (answer.kind === 'claimed') claims.push([answer.claim.step, answer.claim.leads.map(({ email }) => email)]);
    else expect(answer).toEqual({ kind: 'wait', ms: 0, pausedBy: undefined });
  }
  expect(claims).toEqual([
    ['look_up', ['perhaps@x.com']],
    ['push', ['a@x.com', 'b@x.com']],
  ]);
  expect(rows(store).get('stop@x.com')).toMatchObject({ status: 'BLOCKED', hold_reason: null, next_attempt_at: null });
  expect(actions(store, 'stop@x.com')).toEqual(['blocked']);
});

test('a lease can be renewed while it runs, and a claim that others have taken over cannot', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, addresses(1));
  const { attemptId } = await claimed(store, run);
  clock.pass(LEASE_MS);
  expect(await renewLease(store, attemptId)).toBe(true);
  clock.pass(LEASE_MS);
  expect(await recoverAttempts(store)).toBe(0);
  clock.pass(1);
  expect(await recoverAttempts(store)).toBe(1);
  expect(await renewLease(store, attemptId)).toBe(false);
});
