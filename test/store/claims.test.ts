import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import { LEASE_MS, renewLease } from '../../src/store/queue/claims.js';
import { recoverAttempts } from '../../src/store/queue/settling.js';
import {
  actions,
  addresses,
  claim,
  claimed,
  DAY,
  HOUR,
  MINUTE,
  newRun,
  newStore,
  queue,
  rows,
  TestClock,
} from './helper.js';

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
  await queue(store, run, addresses(1, 'last'), { push_group: 9_000_000_000_000 });
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
    [9_000_000_000_000, 1],
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
