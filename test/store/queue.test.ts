import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import { countLeads, leadWaitingSince, waitingGroups } from '../../src/store/queue/queue.js';
import { addresses, claimed, MINUTE, newRun, newStore, queue, TestClock } from './helper.js';

test('leads that wait are counted by reason and campaign: in flight, later, due, and since when', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  const began = isoTime(clock.now());
  await queue(store, run, addresses(5, 'now'));
  clock.pass(1000);
  const later = isoTime(clock.now() + MINUTE);
  await queue(store, run, addresses(2, 'later'), { hold_reason: 'push_failed', next_attempt_at: later });
  await queue(store, run, addresses(3, 'auth'), {
    hold_reason: 'auth',
    next_attempt_at: null,
    assigned_campaign_id: '2',
  });
  await queue(store, run, addresses(4, 'pool'), {
    hold_reason: 'no_route',
    next_attempt_at: null,
    assigned_campaign_id: null,
  });
  await queue(store, await newRun(store, 'other'), addresses(9, 'other'));
  await claimed(store, run, { batchSize: 2 });

  const second = isoTime(clock.now());
  expect(await waitingGroups(store, 'default')).toEqual([
    { hold_reason: 'auth', campaign_id: '2', n: 3, in_flight: 0, later: 0, next: null, since: second },
    { hold_reason: 'push_failed', campaign_id: '1', n: 2, in_flight: 0, later: 2, next: later, since: second },
    { hold_reason: 'queued', campaign_id: '1', n: 5, in_flight: 2, later: 0, next: null, since: began },
  ]);
  expect(await countLeads(store, 'default')).toEqual([
    { status: 'HELD', hold_reason: 'auth', n: 3 },
    { status: 'HELD', hold_reason: 'no_route', n: 4 },
    { status: 'HELD', hold_reason: 'push_failed', n: 2 },
    { status: 'HELD', hold_reason: 'queued', n: 5 },
  ]);
});

test('the oldest lead of a group is found by its time', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, ['first@example.com']);
  clock.pass(1000);
  await queue(store, run, ['second@example.com']);
  const [group] = await waitingGroups(store, 'default');
  expect(group && (await leadWaitingSince(store, 'default', group))).toBe('first@example.com');
});

test('neither question reads the rows of leads that wait: there may be a million', async () => {
  const store = await newStore();
  const asked: string[] = [];
  const db = new Proxy(store.db, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name);
      return (sql: string) => {
        asked.push(sql);
        return target.prepare(sql);
      };
    },
  });
  await countLeads({ ...store, db }, 'default');
  await waitingGroups({ ...store, db }, 'default');
  const plans = asked.map((sql) => {
    const marks = sql.split('?').length - 1;
    return store.db
      .prepare<string[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...Array<string>(marks).fill(''));
  });
  expect(plans.map((plan) => plan.map(({ detail }) => detail))).toEqual([
    [expect.stringContaining('USING COVERING INDEX leads_by_status')],
    [expect.stringContaining('USING COVERING INDEX leads_waiting')],
  ]);
});
