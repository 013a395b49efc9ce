import { expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../../src/delivery/retry-policy.js';
import { LEASE_MS } from '../../src/store/queue/claims.js';
import { listStops } from '../../src/store/queue/stops.js';
import { KEY, queue, rows } from '../store/helper.js';
import { type Bench, changing, leads, startBench } from './helper.js';

/** Leads of campaign 1 that were pushed and are to be looked up, the first `present` of which have arrived. */
async function lookUpBench(n: number, present: number, options: Parameters<typeof startBench>[0] = {}): Promise<Bench> {
  const bench = await startBench(options);
  await queue(bench.store, bench.run, leads(n), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  join(bench, leads(n).slice(0, present));
  return bench;
}

function join(bench: Bench, emails: readonly string[], campaign = '1'): void {
  const { account } = bench.sandbox;
  account.immediate(() => {
    for (const email of emails) account.attach(campaign, account.saveLead({ email }));
  });
}

const evidence = (bench: Bench) =>
  bench.store.db.prepare<[], string>('SELECT DISTINCT evidence FROM memberships ORDER BY 1').pluck().all();
const rosterReads = (bench: Bench) => bench.gets().filter((path) => path === '/campaigns/1/leads').length;
const leadReads = (bench: Bench) => bench.gets().filter((path) => path.startsWith('/leads')).length;

test.each(['text', 'empty', 'html'] as const)(
  'after an answer with "%s" one page of a short roster settles the whole batch',
  async (answer) => {
    const bench = await startBench({ answer });
    await queue(bench.store, bench.run, leads(100));
    await bench.deliver();
    expect(bench.states()).toEqual({ ACTIVE: 100 });
    expect(bench.requests).toHaveLength(2);
    expect(evidence(bench)).toEqual(['roster']);
    const ids = [...rows(bench.store).values()].map((row) => row.smartlead_lead_id);
    expect(new Set(ids).size).toBe(100);
  },
);

test('the roster is read page by page; those it lacks have failed, and use one attempt up', async () => {
  const bench = await lookUpBench(60, 50);
  join(bench, leads(400, 'others'));
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 50, push_failed: 10 });
  expect([rosterReads(bench), leadReads(bench)]).toEqual([5, 0]);
  for (const row of rows(bench.store).values()) expect(row.push_attempts).toBe(1);
});

test('a roster with as many pages as there are leads is not read beyond its first page', async () => {
  const bench = await startBench();
  join(bench, leads(500, 'others'));
  join(bench, leads(3));
  await queue(bench.store, bench.run, leads(5), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 3, push_failed: 2 });
  expect([rosterReads(bench), leadReads(bench)]).toEqual([1, 5]);
  expect(evidence(bench)).toEqual(['look_up']);
});

test('a lone lead is asked about by its address', async () => {
  const bench = await lookUpBench(1, 1);
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 1 });
  expect([rosterReads(bench), leadReads(bench)]).toEqual([0, 1]);
});

test('a lead that is in another campaign only is not in this one', async () => {
  const bench = await lookUpBench(1, 0);
  join(bench, leads(1), '2');
  await bench.deliver();
  expect(bench.states()).toEqual({ push_failed: 1 });
});

test('an empty campaign has none of them', async () => {
  const bench = await lookUpBench(20, 0);
  await bench.deliver();
  expect(bench.states()).toEqual({ push_failed: 20 });
  expect(bench.requests).toHaveLength(1);
});

const EMPTY = '{"total_leads":"250","data":[]}';
test.each<[string, (page: { offset: string | null; body: string; first: string }) => string]>([
  ['pages after the first are empty', ({ offset, body }) => (offset === '0' ? body : EMPTY)],
  ['every page is the first one', ({ first }) => first],
  [
    'the total counts more than the pages hold',
    ({ body }) => body.replace('"total_leads":"250"', '"total_leads":"260"'),
  ],
])('a roster that does not add up proves nobody absent: %s', async (_how, change) => {
  const bench = await startBench();
  // the claim's leads are the last of the roster, so that a reader who trusted it would miss them
  join(bench, leads(230, 'others'));
  await queue(bench.store, bench.run, leads(25), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  join(bench, leads(20));
  const first = await (await fetch(`${bench.sandbox.url}/campaigns/1/leads?offset=0&limit=100&api_key=k`)).text();
  const client = await changing(bench, (url, body) => {
    const offset = url.searchParams.get('offset');
    return { body: url.pathname.endsWith('/campaigns/1/leads') ? change({ offset, body, first }) : body };
  });
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 20, push_failed: 5 });
  expect(leadReads(bench)).toBeGreaterThanOrEqual(5);
});

test.each(['{}', '', '<html></html>', '{"total_leads":"many","data":[]}', '[]'])(
  'a roster that cannot be read (%j) is done without',
  async (body) => {
    const bench = await lookUpBench(5, 4);
    const client = await changing(bench, (url, honest) => ({
      body: url.pathname.includes('/campaigns/') ? body : honest,
    }));
    await bench.deliver({ client });
    expect(bench.states()).toEqual({ ACTIVE: 4, push_failed: 1 });
    expect([rosterReads(bench), leadReads(bench)]).toEqual([1, 5]);
  },
);

test('a roster that breaks off midway: members read so far are ACTIVE, the others stay unknown', async () => {
  const bench = await startBench();
  join(bench, leads(10));
  join(bench, leads(200, 'others'));
  await queue(bench.store, bench.run, leads(20), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  const client = await changing(bench, (url, body) =>
    url.searchParams.get('offset') === '100' ? { status: 500, body: '' } : { body },
  );
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 10, unknown: 10 });
  const open = [...rows(bench.store).values()].filter((row) => row.hold_reason === 'unknown');
  expect(
    open.every((row) => row.push_attempts === 1 && Date.parse(row.next_attempt_at ?? '') > Date.now() + 10_000),
  ).toBe(true);
});

test('a key refused in the middle of a look-up stops it; what is found counts, the rest keeps its attempts', async () => {
  const bench = await startBench({ faults: ({ n }) => (n >= 3 ? '401' : undefined) });
  join(bench, leads(600, 'others'));
  join(bench, leads(5));
  await queue(bench.store, bench.run, leads(5), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  const end = await bench.deliver();
  expect(end.stoppedBy).toMatchObject({ reason: 'auth' });
  expect(bench.states()).toEqual({ ACTIVE: 2, unknown: 3 });
  for (const row of rows(bench.store).values()) expect(row.push_attempts).toBe(row.status === 'ACTIVE' ? 1 : 0);
  expect(await listStops(bench.store, KEY)).toMatchObject([{ reason: 'auth' }]);
  expect(bench.requests).toHaveLength(4);
});

test('one failing look-up costs the lead it was about, not those behind it', async () => {
  const bench = await startBench({ faults: ({ n }) => (n === 2 ? '500' : undefined) });
  join(bench, leads(600, 'others'));
  join(bench, leads(5));
  await queue(bench.store, bench.run, leads(5), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 4, unknown: 1 });
  expect(rows(bench.store).get('lead1@example.com')).toMatchObject({ hold_reason: 'unknown', push_attempts: 1 });
});

test('every request of a look-up has a token of its own, and the lease is renewed on the way', async () => {
  const bench = await lookUpBench(40, 40);
  join(bench, leads(1000, 'others'));
  let counted = 0;
  await bench.deliver({ onRequest: () => counted++, rateLimit: [{ requests: 5, perMs: 100 }] });
  expect(counted).toBe(bench.requests.length);
  const tokens = bench.store.db
    .prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'rate_tokens'")
    .pluck()
    .get();
  expect(tokens).toBe(bench.requests.length);
  expect(bench.store.db.prepare('SELECT count(*) AS n FROM rate_tokens WHERE answered_at IS NULL').get()).toEqual({
    n: 0,
  });
  const times = bench.store.db.prepare<[], { claimed_at: string; lease_until: string }>('SELECT * FROM attempts').get();
  expect(Date.parse(times?.lease_until ?? '') - Date.parse(times?.claimed_at ?? '')).toBeGreaterThan(LEASE_MS + 50);
  expect(bench.states()).toEqual({ ACTIVE: 40 });
});

test('a reason that is on no record stays with the lead that is looked up for it, until its push says otherwise', async () => {
  const bench = await startBench();
  await queue(bench.store, bench.run, leads(1));
  const [email = ''] = leads(1);
  const answer = {
    ok: true,
    added_count: 0,
    skipped_count: 1,
    skipped_leads: [{ email, reason: 'Role <b>frozen</b>' }],
  };
  const client = await changing(bench, (url) => ({
    body: url.pathname.includes('/campaigns/') ? JSON.stringify(answer) : '{}',
  }));
  for (let push = 1; push < MAX_ATTEMPTS; push++) {
    await bench.deliver({ client });
    const row = rows(bench.store).get(email);
    expect(row?.last_error).toBe(
      'Smartlead left the lead out, saying: Role frozen; Smartlead does not have the lead in the campaign',
    );
    expect(row).toMatchObject({ hold_reason: 'push_failed', push_attempts: push });
    bench.store.db.prepare("UPDATE leads SET next_attempt_at = '2000-01-01T00:00:00.000Z'").run();
  }
  await bench.deliver({ client });
  const gaveUp = rows(bench.store).get(email);
  expect(gaveUp).toMatchObject({ hold_reason: 'gave_up', last_error: expect.stringContaining('saying: Role frozen') });
});
