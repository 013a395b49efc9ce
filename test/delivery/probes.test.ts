import { expect, test } from 'vitest';
import { z } from 'zod';
import { pushingLines, settledLines } from '../../src/pipeline/push-lines.js';
import { makeClient } from '../../src/smartlead/client.js';
import { heldLeads, putInLine } from '../../src/store/leads/held-leads.js';
import { listStops, setStop } from '../../src/store/queue/stops.js';
import { ownServer } from '../helpers/faults.js';
import { actions, KEY, newRun, queue, rows } from '../store/helper.js';
import { type Bench, leads, retry, startBench } from './helper.js';

test.each([
  ['404', 'campaign_not_found'],
  ['401', 'auth'],
] as const)(
  'a probe behind a stop (%s) is no push: no row, no failure, and the stop keeps its beginning',
  async (fault, reason) => {
    const bench = await startBench({ faults: () => fault });
    await queue(bench.store, bench.run, ['a@acme.com']);
    await bench.deliver();
    const rowsBefore = actions(bench.store, 'a@acme.com');
    const [first] = await listStops(bench.store, KEY);
    for (let n = 0; n < 3; n++) {
      const run = await newRun(bench.store);
      await putInLine(bench.store, run, await heldLeads(bench.store, 'default', { reason, onlyDue: false }, 0, 1));
      await bench.deliver({ run });
    }
    expect(bench.posts()).toHaveLength(4);
    expect(bench.states()).toEqual({ [reason]: 1 });
    expect(actions(bench.store, 'a@acme.com')).toEqual(rowsBefore);
    expect(bench.store.db.prepare('SELECT sum(failed) AS n FROM attempts').get()).toEqual({ n: 1 });
    const [last] = await listStops(bench.store, KEY);
    expect(last?.since).toBe(first?.since);
    const tried = bench.store.db.prepare<[], { tried_at: string }>('SELECT tried_at FROM stops').get()?.tried_at;
    expect(tried && first && tried > first.since).toBe(true);
  },
);

const body = z.object({ lead_list: z.array(z.unknown()) });
/** How many leads each push has held. */
const sizes = (bench: Bench) => bench.posts().map((post) => body.parse(post.body).lead_list.length);

test('a campaign stopped for its own fault is tried with one lead a run, at the cost of no attempt; then all go', async () => {
  const bench = await startBench();
  const { url, seen } = await ownServer((response) => {
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"Campaign is archived"}');
  });
  const client = makeClient(url, 'good-key', '1');
  await queue(bench.store, bench.run, leads(150));
  setStop(bench.store, KEY, { campaignId: '1', reason: 'request_at_fault', message: '400 archived', forMs: null });
  await bench.deliver({ client });
  expect(seen).toHaveLength(1);
  const told = bench.store.db.prepare<[], number>('SELECT count(*) FROM audit_logs').pluck();
  const before = told.get();
  for (let n = 0; n < 15; n++) {
    const run = await newRun(bench.store);
    await putInLine(
      bench.store,
      run,
      await heldLeads(bench.store, 'default', { reason: 'push_failed', onlyDue: false }, 0, 200),
    );
    await bench.deliver({ run, client });
  }
  expect(seen).toHaveLength(16);
  const inEach = bench.store.db.prepare('SELECT DISTINCT lead_count AS n FROM attempts').all();
  expect(inEach).toEqual([{ n: 1 }]);
  expect(told.get()).toBe(before);
  expect([...rows(bench.store).values()].every(({ push_attempts }) => push_attempts === 0)).toBe(true);
  expect(bench.store.db.prepare('SELECT sum(failed) AS n FROM attempts').get()).toEqual({ n: 0 });
  expect(bench.states()).toEqual({ push_failed: 150 });

  await retry(bench);
  await bench.deliver({ run: bench.run });
  expect(sizes(bench)).toEqual([1, 100, 49]);
  expect(bench.states()).toEqual({ ACTIVE: 150 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test('other campaigns go on while one is tried, and the rest of it waits for what is found', async () => {
  const bench = await startBench({ latencyMs: 200 });
  await queue(bench.store, bench.run, leads(50));
  await queue(bench.store, bench.run, leads(50, 'other'), { assigned_campaign_id: '2' });
  setStop(bench.store, KEY, { campaignId: '1', reason: 'campaign_not_found', message: '404', forMs: null });
  await bench.deliver();
  expect(bench.posts().map(({ path }) => path.split('/')[4])).toEqual(['1', '2', '1']);
  expect(sizes(bench)).toEqual([1, 50, 49]);
  expect(bench.states()).toEqual({ ACTIVE: 100 });
});

test('a key that is stopped is tried with one lead, and the log names nobody', async () => {
  const bench = await startBench({ faults: () => '401' });
  await queue(bench.store, bench.run, leads(20));
  setStop(bench.store, KEY, { campaignId: '', reason: 'auth', message: '401 Invalid API Key', forMs: null });
  const lines: string[] = [];
  await bench.deliver({
    report: {
      pushing: (claim) => lines.push(...pushingLines(claim)),
      settled: (claim, settlement) => lines.push(...settledLines(claim, settlement).map(({ text }) => text)),
      waiting: () => undefined,
    },
  });
  expect(sizes(bench)).toEqual([1]);
  expect(lines).toEqual([
    '[SMARTLEAD] Trying the stopped key again with one lead: 401 Invalid API Key',
    '[SMARTLEAD] Trying the stopped key again has failed: status 401, Invalid API Key',
  ]);
});
