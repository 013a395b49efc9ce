import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import type { Lead } from '../../src/lead.js';
import { openScratchStore } from '../../src/store/engine/open.js';
import { copyKnown } from '../../src/store/leads/copy-known.js';
import { heldLeads, waitingLeads } from '../../src/store/leads/held-leads.js';
import { type KnownLead, saveLeads, type Taken, takeUpLeads } from '../../src/store/leads/leads.js';
import { settleAttempt } from '../../src/store/queue/settling.js';
import {
  actions,
  addresses,
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
  stateOf,
  TestClock,
} from './helper.js';

const ALL_FIELDS: Lead = {
  email: 'ann@example.com',
  first_name: 'Ann',
  last_name: '=cmd()',
  company: 'Ä & "Co"',
  persona: 'VP Sales',
  title: 'Boss',
  phone: '+49',
  website: 'w',
  location: 'l',
  linkedin_url: 'u',
  company_url: 'c',
  source: 's',
  lead_score: 85.5,
  verifier: 'risky',
  custom_fields: { a: 1, b: 'two', c: true },
};

/** Saves leads and gives back what was known of each when it came. */
async function save(
  store: Awaited<ReturnType<typeof newStore>>,
  run: Awaited<ReturnType<typeof newRun>>,
  leads: Lead[],
  more: Partial<Taken> = {},
) {
  const known: Array<KnownLead | undefined> = [];
  const suppressed: Array<string | undefined> = [];
  const taken = await saveLeads(
    store,
    run,
    leads.map((lead) => ({ lead })),
    (before, { lead }, reason): Taken => {
      known.push(before);
      suppressed.push(reason);
      return {
        lead,
        state: stateOf(store.clock),
        unchanged: false,
        alreadyActive: false,
        pushedByThisRun: true,
        audits: [{ trigger: 'ingest', action: 'assigned', details: { n: known.length } }],
        ...more,
      };
    },
  );
  return { known, suppressed, taken };
}

const lead = (email: string): Lead => ({ email, custom_fields: {} });

test('a lead comes back from the store as it went in', async () => {
  const store = await newStore();
  await save(store, await newRun(store), [ALL_FIELDS, lead('bare@example.com')]);
  const { known } = await save(store, await newRun(store), [ALL_FIELDS, lead('bare@example.com')]);
  expect(known[0]).toMatchObject(ALL_FIELDS);
  expect(known[0]).toMatchObject({ status: 'HELD', hold_reason: 'queued', assigned_campaign_id: '1', campaigns: [] });
  expect(Object.keys(known[1] ?? {})).not.toContain('first_name');
  expect(known[1]).not.toHaveProperty('lead_score');
});

test('a whole score is stored as an integer and a broken one as it is, so that a shell shows what was given', async () => {
  const store = await newStore();
  const scores = [85, 85.5, 0, -3, 1e300];
  await save(
    store,
    await newRun(store),
    scores.map((score, n) => ({ ...lead(`l${n}@x.com`), lead_score: score })),
  );
  expect(store.db.prepare('SELECT lead_score AS s, typeof(lead_score) AS t FROM leads ORDER BY seq').all()).toEqual([
    { s: 85, t: 'integer' },
    { s: 85.5, t: 'real' },
    { s: 0, t: 'integer' },
    { s: -3, t: 'integer' },
    { s: 1e300, t: 'real' },
  ]);
});

test('an address the run has had is a duplicate, in the same batch and in a later one, and changes nothing', async () => {
  const store = await newStore();
  const run = await newRun(store);
  const first = await save(store, run, [lead('a@x.com'), lead('b@x.com'), { ...lead('a@x.com'), company: 'Other' }]);
  const second = await save(store, run, [lead('b@x.com'), lead('c@x.com')]);
  expect(first.taken.map((one) => one !== 'duplicate')).toEqual([true, true, false]);
  expect(second.taken.map((one) => one !== 'duplicate')).toEqual([false, true]);
  expect(rows(store).size).toBe(3);
  expect(actions(store, 'a@x.com')).toEqual(['assigned']);
});

test('the same address is another lead in another organization', async () => {
  const store = await newStore();
  await save(store, await newRun(store, 'acme'), [lead('a@x.com')]);
  const { known } = await save(store, await newRun(store, 'globex'), [lead('a@x.com')]);
  expect(known).toEqual([undefined]);
  expect(store.db.prepare('SELECT count(*) AS n FROM leads').get()).toEqual({ n: 2 });
});

test('a batch is stored whole or not at all', async () => {
  const store = await newStore();
  const run = await newRun(store);
  const broken = saveLeads(
    store,
    run,
    [{ lead: lead('a@x.com') }, { lead: lead('b@x.com') }],
    (_known, arrival): Taken => {
      if (arrival.lead.email === 'b@x.com') throw new TypeError('planted');
      const state = stateOf(store.clock);
      return { lead: arrival.lead, state, unchanged: false, alreadyActive: false, pushedByThisRun: true, audits: [] };
    },
  );
  await expect(broken).rejects.toThrow('planted');
  expect(rows(store).size).toBe(0);
});

test('a lead that comes unchanged keeps its row, and only the runs are noted', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  await save(store, await newRun(store), [lead('a@x.com')]);
  const before = rows(store).get('a@x.com');
  clock.pass(HOUR);
  const run = await newRun(store);
  await save(store, run, [lead('a@x.com')], {
    unchanged: true,
    audits: [],
    state: stateOf(clock, { status: 'BLOCKED', hold_reason: null }),
  });
  expect(rows(store).get('a@x.com')).toEqual({ ...before, run_seq: run.seq, push_run_seq: run.seq });
});

test('fields of a lead in flight may change; its flight does not', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await save(store, run, [lead('a@x.com')]);
  const claim = await claimed(store, run);
  const inFlight = stateOf(store.clock, { next_attempt_at: null });
  await save(store, await newRun(store), [{ ...lead('a@x.com'), company: 'New' }], { state: inFlight });
  expect(rows(store).get('a@x.com')).toMatchObject({
    company: 'New',
    attempt_id: claim.attemptId,
    next_attempt_at: null,
  });
  const settled = claim.leads.map((one) => settledAs(one, { status: 'ACTIVE' }));
  await settleAttempt(store, run, KEY, claim, settlement(settled));
  expect(rows(store).get('a@x.com')).toMatchObject({ status: 'ACTIVE', company: 'New' });
});

test('a suppression holds for the address in this organization and every later run; the first reason stays', async () => {
  const store = await newStore();
  await save(store, await newRun(store), [lead('a@x.com')], { suppress: 'unsubscribed' });
  await save(store, await newRun(store), [lead('a@x.com')], { suppress: 'later reason' });
  store.db.exec("INSERT INTO suppressions VALUES ('default', 'blocked.example', 'on your list', 'test', '')");
  const { suppressed } = await save(
    store,
    await newRun(store),
    ['a@x.com', 'b@x.com', 'c@blocked.example', 'd@eu.blocked.example', 'e@notblocked.example'].map(lead),
  );
  expect(suppressed).toEqual(['unsubscribed', undefined, 'on your list', 'on your list', undefined]);
  const other = await save(store, await newRun(store, 'other'), [lead('a@x.com')]);
  expect(other.suppressed).toEqual([undefined]);
});

test('a retry takes up what is HELD and not in flight, once', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await queue(store, run, addresses(3));
  await claimed(store, run, { batchSize: 1 });
  const held = await heldLeads(store, 'default', { reason: 'queued', onlyDue: false }, 0, 100);
  expect(held.map(({ email }) => email)).toEqual(addresses(3).slice(1));
  const retry = await newRun(store);
  const state = (known: KnownLead) => ({
    state: { ...stateOf(store.clock), push_attempts: known.push_attempts },
    audits: [],
  });
  // one of them is claimed between the reading and the taking up
  await claimed(store, run, { batchSize: 1 });
  expect(await takeUpLeads(store, retry, held, state)).toBe(1);
  expect(await takeUpLeads(store, retry, held, state)).toBe(0);
  expect([...rows(store).values()].map((row) => row.push_run_seq)).toEqual([run.seq, run.seq, retry.seq]);
});

test('a retry reads page by page and filters by reason, run, campaign and address', async () => {
  const store = await newStore();
  const run = await newRun(store);
  const other = await newRun(store);
  await queue(store, run, addresses(3), { hold_reason: 'no_route', assigned_campaign_id: null });
  await queue(store, other, addresses(2, 'x'), { assigned_campaign_id: '2' });
  const read = async (filter: Partial<Parameters<typeof heldLeads>[2]>, after = 0, limit = 100) =>
    (await heldLeads(store, 'default', { reason: 'queued', onlyDue: false, ...filter }, after, limit)).map(
      ({ seq }) => seq,
    );
  expect(await read({ reason: 'no_route' }, 0, 2)).toEqual([1, 2]);
  expect(await read({ reason: 'no_route' }, 2, 2)).toEqual([3]);
  expect(await read({})).toEqual([4, 5]);
  expect(await read({ reason: 'no_route', runId: run.id })).toEqual([1, 2, 3]);
  expect(await read({ runId: run.id })).toEqual([]);
  expect(await read({ campaignId: '2' })).toEqual([4, 5]);
  expect(await read({ emails: ['x0001@example.com'] })).toEqual([5]);
  expect(await read({ runId: 'no such run' })).toEqual([]);
  expect(await heldLeads(store, 'other', { reason: 'queued', onlyDue: false }, 0, 100)).toEqual([]);
});

test('a waiting time counts where it is asked for, and a clock that was set back holds nobody up', async () => {
  const clock = new TestClock();
  const store = await newStore(clock);
  const run = await newRun(store);
  const at = (ms: number) => isoTime(clock.now() + ms);
  await queue(store, run, ['past@x.com'], { hold_reason: 'push_failed', next_attempt_at: at(-1) });
  await queue(store, run, ['soon@x.com'], { hold_reason: 'push_failed', next_attempt_at: at(HOUR) });
  await queue(store, run, ['latest@x.com'], { hold_reason: 'push_failed', next_attempt_at: at(6 * HOUR) });
  await queue(store, run, ['never@x.com'], { hold_reason: 'push_failed', next_attempt_at: null });
  const due = async () =>
    (await heldLeads(store, 'default', { reason: 'push_failed', onlyDue: true }, 0, 100)).map(({ email }) => email);
  const all = await heldLeads(store, 'default', { reason: 'push_failed', onlyDue: false }, 0, 100);
  expect(all).toHaveLength(4);
  expect(await due()).toEqual(['past@x.com', 'never@x.com']);
  clock.step(-HOUR);
  // what was due at once when it was written is due whatever the clock says; the rest waits no longer than it ever would
  expect(await due()).toEqual(['past@x.com', 'latest@x.com', 'never@x.com']);
  clock.step(-40 * DAY);
  expect(await due()).toHaveLength(4);
});

test('what waits is counted by reason, with the time at which the first may go', async () => {
  const store = await newStore();
  const run = await newRun(store);
  const first = isoTime(store.clock.now() + HOUR);
  await queue(store, run, addresses(2, 'a'), { hold_reason: 'unknown', next_attempt_at: first });
  await queue(store, run, addresses(1, 'b'), { hold_reason: 'review', next_attempt_at: null });
  const now = isoTime(store.clock.now());
  expect(await waitingLeads(store, 'default', now)).toEqual([{ hold_reason: 'unknown', n: 2, first }]);
  expect(await waitingLeads(store, 'default', first)).toEqual([]);
});

test('a dry run knows what the real store knows, and the real store learns nothing', async () => {
  const store = await newStore();
  const run = await newRun(store);
  await save(store, run, [ALL_FIELDS, lead('b@x.com')]);
  await save(store, await newRun(store), [lead('s@x.com')], { suppress: 'unsubscribed' });
  const claim = await claimed(store, run);
  const settled = claim.leads.map((one) => settledAs(one, { status: 'ACTIVE', smartlead_lead_id: '7' }));
  await settleAttempt(store, run, KEY, claim, settlement(settled));
  const before = [...rows(store).values()];

  const scratch = await openScratchStore(store.clock);
  const asked = [ALL_FIELDS.email, 's@x.com', 'new@x.com'];
  await copyKnown(store, scratch, 'default', asked);
  await copyKnown(store, scratch, 'default', asked);
  const { known, suppressed } = await save(scratch, await newRun(scratch), asked.map(lead));
  expect(known[0]).toMatchObject({ ...ALL_FIELDS, status: 'ACTIVE', campaigns: ['1'] });
  expect(known[2]).toBeUndefined();
  expect(suppressed).toEqual([undefined, 'unsubscribed', undefined]);
  expect([...rows(store).values()]).toEqual(before);
});
