import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import { endRun, reclaimFromOtherRuns } from '../../src/store/log/runs.js';
import { LEASE_MS } from '../../src/store/queue/claims.js';
import { holdForKey, recoverAttempts, settleAttempt } from '../../src/store/queue/settling.js';
import { listStops, setStop } from '../../src/store/queue/stops.js';
import {
  actions,
  addresses,
  claim,
  claimed,
  DAY,
  HOUR,
  KEY,
  newRun,
  newStore,
  queue,
  rows,
  settledAs,
  settlement,
  TestClock,
} from './helper.js';

const EMAIL = 'lead0000@example.com';

/** A store with one lead in flight. */
async function inFlight() {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, [EMAIL]);
  const first = await claimed(store, run);
  const [lead] = first.leads;
  if (!lead) throw new Error('nothing was claimed');
  return { clock, store, run, claim: first, lead };
}

const places = (store: Awaited<ReturnType<typeof newStore>>) =>
  store.db.prepare('SELECT campaign_id, smartlead_lead_id, evidence, attempt_id FROM memberships').all();

test('a success makes the lead ACTIVE, with its place, its evidence and one audit row', async () => {
  const { store, run, claim: first, lead } = await inFlight();
  const change = { status: 'ACTIVE', smartlead_lead_id: '77' } as const;
  expect(
    await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, change)], { answer: { total_leads: 1 } })),
  ).toBe(1);
  expect(rows(store).get(EMAIL)).toMatchObject({
    status: 'ACTIVE',
    hold_reason: null,
    attempt_id: null,
    smartlead_lead_id: '77',
  });
  expect(places(store)).toEqual([
    { campaign_id: '1', smartlead_lead_id: '77', evidence: 'id_map', attempt_id: first.attemptId },
  ]);
  expect(actions(store, EMAIL)).toEqual(['pushed_to_smartlead']);
  expect(store.db.prepare('SELECT outcome, http_status, answer FROM attempts').all()).toEqual([
    { outcome: 'evidence', http_status: 200, answer: '{"total_leads":1}' },
  ]);
});

test('an attempt whose lease ran out gives its leads back as unknown, at once, together, with their attempts', async () => {
  const { clock, store, run, claim: first } = await inFlight();
  clock.pass(LEASE_MS);
  expect(await recoverAttempts(store)).toBe(0);
  clock.pass(1);
  expect(await recoverAttempts(store)).toBe(1);
  expect(await recoverAttempts(store)).toBe(0);
  expect(rows(store).get(EMAIL)).toMatchObject({
    hold_reason: 'unknown',
    attempt_id: null,
    push_attempts: 0,
    next_attempt_at: isoTime(clock.now()),
  });
  expect(actions(store, EMAIL)).toEqual(['held']);
  const second = await claimed(store, run);
  expect(second).toMatchObject({ group: first.attemptId * 1000, leads: [{ email: EMAIL }] });
});

test.each([-HOUR, HOUR, -40 * DAY, 40 * DAY])(
  'a clock stepped by %i ms neither ends a lease nor prolongs it',
  async (by) => {
    const { clock, store } = await inFlight();
    clock.step(by);
    expect(await recoverAttempts(store)).toBe(0);
    clock.pass(LEASE_MS + 1);
    expect(await recoverAttempts(store)).toBe(1);
  },
);

test('an attempt of another machine is judged by its lease alone, one of an earlier boot is over', async () => {
  const { clock, store } = await inFlight();
  store.db.exec("UPDATE attempts SET host = 'another', pid = 1");
  expect(await recoverAttempts(store)).toBe(0);
  clock.pass(LEASE_MS + 1);
  expect(await recoverAttempts(store)).toBe(1);

  const rebooted = await inFlight();
  rebooted.store.db.exec("UPDATE attempts SET boot_id = 'an earlier boot'");
  expect(await recoverAttempts(rebooted.store)).toBe(1);
});

test('a process of the same number that began later is not the one that claimed', async () => {
  const { store } = await inFlight();
  store.db.exec("UPDATE attempts SET process_started = '1'");
  expect(await recoverAttempts(store)).toBe(1);
});

test('a late failure is recorded and changes nothing', async () => {
  const { clock, store, run, claim: first, lead } = await inFlight();
  clock.pass(LEASE_MS + 1);
  await recoverAttempts(store);
  const before = rows(store).get(EMAIL);
  expect(await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, { hold_reason: 'refused' })]))).toBe(
    0,
  );
  expect(rows(store).get(EMAIL)).toEqual(before);
  expect(actions(store, EMAIL)).toEqual(['held', 'late_answer']);
});

test('a late success counts: the lead is there', async () => {
  const { clock, store, run, claim: first, lead } = await inFlight();
  clock.pass(LEASE_MS + 1);
  await recoverAttempts(store);
  const late = settlement([settledAs(lead, { status: 'ACTIVE', smartlead_lead_id: '7' })]);
  expect(await settleAttempt(store, run, KEY, first, late)).toBe(1);
  expect(rows(store).get(EMAIL)).toMatchObject({
    status: 'ACTIVE',
    hold_reason: null,
    next_attempt_at: null,
    smartlead_lead_id: '7',
  });
  expect(await claim(store, run)).toEqual({ kind: 'nothing' });
});

test.each(['refused', 'unknown', 'push_failed'] as const)(
  'a late success counts while another attempt is under way, and that one ending %s does not undo it',
  async (reason) => {
    const { clock, store, run, claim: first, lead } = await inFlight();
    clock.pass(LEASE_MS + 1);
    await recoverAttempts(store);
    const second = await claimed(store, run);
    await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, { status: 'ACTIVE' })]));
    await settleAttempt(store, run, KEY, second, settlement([settledAs(lead, { hold_reason: reason })]));
    expect(rows(store).get(EMAIL)).toMatchObject({ status: 'ACTIVE', attempt_id: null });
    expect(actions(store, EMAIL)).toEqual(['held', 'pushed_to_smartlead', 'late_answer']);
    expect(await recoverAttempts(store)).toBe(0);
  },
);

test('a late success for the campaign the lead was to join before leaves its new way alone, and is remembered', async () => {
  const { clock, store, run, claim: first, lead } = await inFlight();
  clock.pass(LEASE_MS + 1);
  await recoverAttempts(store);
  store.db.exec("UPDATE leads SET assigned_campaign_id = '2', hold_reason = 'queued'");
  await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, { status: 'ACTIVE' })]));
  expect(rows(store).get(EMAIL)).toMatchObject({ status: 'HELD', hold_reason: 'queued' });
  expect(places(store)).toMatchObject([{ campaign_id: '1' }]);
});

test('a late success does not unblock a lead that was suppressed meanwhile', async () => {
  const { clock, store, run, claim: first, lead } = await inFlight();
  clock.pass(LEASE_MS + 1);
  await recoverAttempts(store);
  store.db.exec("UPDATE leads SET status = 'BLOCKED', hold_reason = NULL, next_attempt_at = NULL");
  await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, { status: 'ACTIVE' })]));
  expect(rows(store).get(EMAIL)).toMatchObject({ status: 'BLOCKED' });
  expect(places(store)).toHaveLength(1);
});

test('a success lifts what stopped the key and the campaign when it was sent, and nothing set since', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, [EMAIL]);
  const stop = (reason: 'auth' | 'redirect' | 'campaign_not_found', campaignId = '') =>
    setStop(store, KEY, { campaignId, reason, message: '', forMs: null });
  stop('redirect');
  stop('campaign_not_found', '1');
  stop('campaign_not_found', '2');
  const standing = await listStops(store, KEY);
  const before = await claimed(store, run, { trying: new Set(standing.map(({ id }) => id)) });
  stop('auth');
  const success = before.leads.map((lead) => settledAs(lead, { status: 'ACTIVE' }));
  await settleAttempt(store, run, KEY, before, settlement(success, { lift: ['auth', 'redirect'] }));
  expect((await listStops(store, KEY)).map(({ campaignId, reason }) => [campaignId, reason])).toEqual([
    ['', 'auth'],
    ['2', 'campaign_not_found'],
  ]);
});

test('leads refused before, for what turns out to be no fault of theirs, are reopened unless something has changed them', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, ['refused@x.com', 'moved@x.com'], { hold_reason: 'refused', next_attempt_at: null });
  await queue(store, run, [EMAIL]);
  const first = await claimed(store, run);
  store.db.exec("UPDATE leads SET assigned_campaign_id = '2' WHERE email = 'moved@x.com'");
  const all = store.db
    .prepare<[], { seq: number; id: string; email: string }>('SELECT * FROM leads ORDER BY seq')
    .all();
  const reopened = all.slice(0, 2).map((lead) => settledAs(lead, { hold_reason: 'push_failed', last_error: 'no' }));
  await settleAttempt(store, run, KEY, first, settlement([], { reopened }));
  expect(rows(store).get('refused@x.com')).toMatchObject({
    hold_reason: 'push_failed',
    last_error: 'no',
    push_attempts: 1,
  });
  expect(rows(store).get('moved@x.com')).toMatchObject({ hold_reason: 'refused', push_attempts: 0 });
  expect([actions(store, 'refused@x.com'), actions(store, 'moved@x.com')]).toEqual([['push_failed'], []]);
});

test('a bad key holds every due lead of the organization, but none in flight, unknown or with a time to wait', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  await queue(store, run, ['flying@x.com']);
  await claimed(store, run);
  await queue(store, run, ['due@x.com']);
  await queue(store, await newRun(store), ['due-elsewhere@x.com'], { hold_reason: 'push_failed' });
  await queue(store, run, ['unknown@x.com'], { hold_reason: 'unknown', push_group: 1000 });
  await queue(store, run, ['later@x.com'], {
    hold_reason: 'push_failed',
    next_attempt_at: isoTime(clock.now() + HOUR),
  });
  await queue(store, run, ['review@x.com'], { hold_reason: 'review', next_attempt_at: null });
  await queue(store, await newRun(store, 'other'), ['stranger@x.com']);
  clock.step(-1000);
  expect(await holdForKey(store, run, '401 Invalid API Key')).toBe(2);
  const held = [...rows(store).values()].filter(({ hold_reason }) => hold_reason === 'auth');
  expect(held.map(({ email }) => email)).toEqual(['due@x.com', 'due-elsewhere@x.com']);
  expect(held[0]).toMatchObject({ last_error: '401 Invalid API Key', next_attempt_at: null, push_attempts: 0 });
});

test('a run gets leads back that a newer run took over and left, and waits for those it is still pushing', async () => {
  const store = await newStore();
  const old = await newRun(store);
  await queue(store, old, addresses(4));
  const newer = await newRun(store);
  store.db.prepare('UPDATE leads SET push_run_seq = ?').run(newer.seq);
  const first = await claimed(store, newer, { batchSize: 1 });
  expect(await reclaimFromOtherRuns(store, old)).toEqual({ reclaimed: 0, waiting: 4 });

  await endRun(store, newer, 0, {});
  expect(await reclaimFromOtherRuns(store, old)).toEqual({ reclaimed: 3, waiting: 1 });
  expect((await claimed(store, old)).leads).toHaveLength(3);

  await settleAttempt(
    store,
    newer,
    KEY,
    first,
    settlement(first.leads.map((lead) => settledAs(lead, { status: 'ACTIVE' }))),
  );
  expect(await reclaimFromOtherRuns(store, old)).toEqual({ reclaimed: 0, waiting: 3 });
});

test('leads held for good, or with a time to wait, are nobody to wait for', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  const other = await newRun(store);
  await queue(store, run, ['a@x.com'], { hold_reason: 'refused', next_attempt_at: null });
  await queue(store, run, ['b@x.com'], {
    hold_reason: 'unknown',
    push_group: 1,
    next_attempt_at: isoTime(clock.now() + HOUR),
  });
  store.db.prepare('UPDATE leads SET push_run_seq = ?').run(other.seq);
  expect(await reclaimFromOtherRuns(store, run)).toEqual({ reclaimed: 0, waiting: 0 });
});

test('of a lead that was erased while its answer was on the way nothing is written, and nobody gets its number', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(2));
  const first = await claimed(store, run);
  const [gone, other] = first.leads;
  if (!gone || !other) throw new Error('no leads');
  store.db.prepare('DELETE FROM leads WHERE seq IN (?, ?)').run(gone.seq, other.seq);
  await queue(store, run, ['next@acme.com', 'more@acme.com']);
  const text = `400 ${gone.email.toUpperCase()} is bad`;
  const late = settlement([settledAs(gone, { status: 'ACTIVE' }), settledAs(other, { last_error: text })], {
    message: text,
    answer: { skipped: { [gone.email]: 1 } },
    stop: { campaignId: '1', reason: 'request_at_fault', message: text, forMs: null },
  });
  expect(await settleAttempt(store, run, KEY, first, late)).toBe(0);
  expect(store.db.prepare('SELECT * FROM memberships').all()).toEqual([]);
  expect([...rows(store).values()].map(({ status }) => status)).toEqual(['HELD', 'HELD']);
  for (const table of ['audit_logs', 'attempts', 'stops', 'leads']) {
    const said = JSON.stringify(store.db.prepare(`SELECT * FROM ${table}`).all()).toLowerCase();
    expect([table, said.includes(gone.email), said.includes(gone.id)]).toEqual([table, false, false]);
  }
});

test('the memberships of a lead go with it, whoever deletes it', async () => {
  const { store, run, claim: first, lead } = await inFlight();
  await settleAttempt(store, run, KEY, first, settlement([settledAs(lead, { status: 'ACTIVE' })]));
  expect(store.db.prepare('SELECT * FROM memberships').all()).toHaveLength(1);
  store.db.prepare('DELETE FROM leads').run();
  expect(store.db.prepare('SELECT * FROM memberships').all()).toEqual([]);
});
