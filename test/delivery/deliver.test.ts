import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Nudge } from '../../src/delivery/nudge.js';
import { makeClient } from '../../src/smartlead/client.js';
import { listStops } from '../../src/store/queue/stops.js';
import { KEY, newRun, queue, rows } from '../store/helper.js';
import { always, attemptsOf, type Bench, benchWith, leads, only, retry, startBench } from './helper.js';

const attachedOnce = (bench: Bench) =>
  bench.sandbox.account.memberships().every(({ attachments }) => attachments === 1);

test('leads of several campaigns end ACTIVE, each batch one request', async () => {
  const bench = await startBench();
  for (const campaign of ['1', '2', '3']) {
    await queue(bench.store, bench.run, leads(150, `c${campaign}-`), { assigned_campaign_id: campaign });
  }
  expect(await bench.deliver()).toEqual({ stoppedBy: undefined, limitWaitMs: undefined, unreachable: undefined });
  expect(bench.states()).toEqual({ ACTIVE: 450 });
  expect(bench.posts()).toHaveLength(6);
  expect(attachedOnce(bench)).toBe(true);
  expect(attemptsOf(bench)).toEqual([1]);
});

test('while the input is read full batches go, and the rest when it has ended', async () => {
  const bench = await benchWith(250);
  const arrivals = new Nudge();
  let reading = true;
  const sizes: number[] = [];
  await bench.deliver({
    arrivals,
    reading: () => reading,
    report: {
      pushing: (claim) => sizes.push(claim.leads.length),
      waiting: () => undefined,
      settled() {
        if (!reading || sizes.length < 2) return;
        expect(sizes).toEqual([100, 100]);
        reading = false;
        arrivals.ring();
      },
    },
  });
  expect(sizes).toEqual([100, 100, 50]);
  expect(bench.states()).toEqual({ ACTIVE: 250 });
});

test.each(['500', '502-html', '503', 'reset-before', 'reset-after', '500-after'] as const)(
  'after %s the outcome is unknown and one attempt is used; the next push settles it and attaches nobody twice',
  async (fault) => {
    const bench = await benchWith(5, only(0, fault));
    const before = Date.now();
    await bench.deliver();
    expect(bench.states()).toEqual({ unknown: 5 });
    for (const row of rows(bench.store).values()) {
      expect(row.push_attempts).toBe(1);
      const wait = Date.parse(row.next_attempt_at ?? '') - before;
      expect(wait).toBeGreaterThanOrEqual(14_000);
      expect(wait).toBeLessThanOrEqual(40_000);
    }
    await retry(bench);
    await bench.deliver({ run: bench.run });
    expect(bench.states()).toEqual({ ACTIVE: 5 });
    expect(attachedOnce(bench)).toBe(true);
    expect(bench.posts()).toHaveLength(2);
  },
);

test('a server that fails every time is left alone for a minute after five failures in a row', async () => {
  const bench = await startBench(always('500'));
  for (let n = 0; n < 8; n++) await queue(bench.store, bench.run, leads(1, `l${n}-`), { push_group: 1000 + n });
  const end = await bench.deliver();
  expect(end.stoppedBy).toMatchObject({ reason: 'unreachable' });
  expect(end.stoppedBy?.leftMs).toBeGreaterThan(55_000);
  expect(bench.posts().length).toBeGreaterThanOrEqual(5);
});

test('where nobody listens nothing was sent: no attempt is used, and the key pauses', async () => {
  const bench = await startBench();
  for (let n = 0; n < 5; n++) await queue(bench.store, bench.run, leads(1, `l${n}-`), { assigned_campaign_id: `${n}` });
  const end = await bench.deliver({ client: makeClient('http://127.0.0.1:1/api/v1', 'good-key', '1') });
  expect(end.unreachable).toMatch(/cannot be reached/);
  expect(await listStops(bench.store, KEY)).toMatchObject([{ reason: 'unreachable' }]);
  // what was not claimed before the pause keeps its place
  expect(Object.keys(bench.states()).filter((state) => state !== 'queued')).toEqual(['push_failed']);
  expect(attemptsOf(bench)).toEqual([0]);
});

test('a missing campaign stops alone: its leads are held, the others end ACTIVE', async () => {
  const bench = await benchWith(300);
  await queue(bench.store, bench.run, leads(1500, 'gone'), { assigned_campaign_id: '404' });
  const end = await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 300, campaign_not_found: 1500 });
  expect(end.stoppedBy).toBeUndefined();
  expect(bench.posts().filter(({ path }) => path.includes('/404/')).length).toBeLessThanOrEqual(10);
  bench.sandbox.account.ensureCampaigns(['404']);
  await retry(bench);
  await bench.deliver({ run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 1800 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test('a pause that Smartlead asks for is sat out, costs no attempt, and no request is begun meanwhile', async () => {
  const bench = await benchWith(3, only(0, '429'));
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 3 });
  expect(attemptsOf(bench)).toEqual([1]);
  const [first, second] = bench.posts();
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
});

test('a pause longer than the run may wait ends it', async () => {
  const bench = await benchWith(3, always('429'));
  const end = await bench.deliver({ maxWaitMs: 500 });
  expect(end.stoppedBy).toMatchObject({ reason: 'rate_limit' });
  expect(bench.states()).toEqual({ queued: 3 });
  expect(attemptsOf(bench)).toEqual([0]);
});

test('a limit whose window is longer than the run may wait ends it, with the time that is left', async () => {
  const bench = await benchWith(3);
  const end = await bench.deliver({ batchSize: 1, rateLimit: [{ requests: 2, perMs: 3_600_000 }] });
  expect(end.limitWaitMs).toBeGreaterThan(3_500_000);
  expect(bench.states()).toEqual({ ACTIVE: 2, queued: 1 });
});

test('credits that end midway: what was added counts, the rest waits, nothing more is sent', async () => {
  const bench = await benchWith(100);
  bench.sandbox.account.setCredits(40);
  const end = await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 40, credit_limit: 60 });
  expect(end.stoppedBy).toMatchObject({ reason: 'credit_limit' });
  await queue(bench.store, bench.run, leads(5, 'more'));
  await bench.deliver();
  expect(bench.posts()).toHaveLength(1);
});

test('a server that does not know return_lead_ids is asked without it, and no lead pays for that', async () => {
  const bench = await benchWith(300, { returnLeadIds: false });
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 300 });
  expect(attemptsOf(bench)).toEqual([1]);
  expect(bench.posts().at(-1)?.body).not.toHaveProperty('settings.return_lead_ids');
  expect(bench.posts().length).toBeLessThanOrEqual(6);
});

test('a server that goes on complaining of return_lead_ids when it is not asked for ends like any refusal, not in a circle', async () => {
  const bench = await benchWith(2);
  const server = createServer((_request, response) => {
    posts++;
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end('{"message":"settings.return_lead_ids is required"}');
  });
  let posts = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await bench.deliver({ client: makeClient(`http://127.0.0.1:${port}`, 'k', '1') });
  expect(bench.states()).toEqual({ push_failed: 2 });
  expect(posts).toBe(4);
});

test.each(['live', 'lists', 'counts', 'documented'] as const)(
  'answers in the shape "%s": every lead of a mixed batch ends where it belongs',
  async (answer) => {
    const bench = await startBench({ answer });
    const special = ['unsubscribed', 'blocked', 'bounced', 'invalid', 'elsewhere'];
    await queue(bench.store, bench.run, [...leads(20), ...special.map((tag) => `x+${tag}@example.com`)]);
    bench.sandbox.account.attach('1', bench.sandbox.account.saveLead({ email: 'lead3@example.com' }));
    await bench.deliver();
    expect(bench.states()).toEqual({ ACTIVE: 20, refused: 4, in_other_campaign: 1 });
    expect(rows(bench.store).get('x+elsewhere@example.com')?.hold_reason).toBe('in_other_campaign');
    expect(bench.sandbox.account.membersOf('1')).toHaveLength(20);
    expect(attachedOnce(bench)).toBe(true);
  },
);

test('when the run is to stop nothing more is claimed, and what is on its way is settled', async () => {
  const stopping = new AbortController();
  const bench = await benchWith(3000, { latencyMs: 100 });
  await bench.deliver({
    stopping: stopping.signal,
    report: { settled: () => undefined, waiting: () => undefined, pushing: () => stopping.abort() },
  });
  expect(bench.posts()).toHaveLength(1);
  expect(bench.states()).toEqual({ ACTIVE: 100, queued: 2900 });
});

test('a long look-up ends soon after the run is to stop, and leaves the rest for later', async () => {
  const stopping = new AbortController();
  const bench = await startBench({ latencyMs: 20 });
  await queue(bench.store, bench.run, leads(1, 'first'), {
    hold_reason: 'unknown',
    push_step: 'look_up',
    push_group: 999,
  });
  // the roster is long, so each lead is asked about by itself
  for (const email of leads(6000, 'm')) bench.sandbox.account.attach('1', bench.sandbox.account.saveLead({ email }));
  await queue(bench.store, bench.run, leads(50), { hold_reason: 'unknown', push_step: 'look_up', push_group: 1000 });
  await bench.deliver({ stopping: stopping.signal, onRequest: () => bench.requests.length >= 5 && stopping.abort() });
  expect(bench.requests.length).toBeLessThan(10);
  expect(bench.states().unknown).toBeGreaterThan(40);
  expect([...rows(bench.store).values()].every(({ attempt_id }) => attempt_id === null)).toBe(true);
});

test('several runs that push one campaign at once send no lead twice', async () => {
  const bench = await benchWith(500, { latencyMs: 20 });
  const runs = [bench.run, await newRun(bench.store), await newRun(bench.store)];
  for (const [index, run] of runs.entries()) await queue(bench.store, run, leads(300, `run${index}-`));
  await Promise.all(runs.map((run) => bench.deliver({ run })));
  expect(bench.states()).toEqual({ ACTIVE: 1400 });
  expect(bench.sandbox.account.memberships().every(({ pushes }) => pushes === 1)).toBe(true);
});

test('when the store fails the run ends with that error, and not before what is on its way has come back', async () => {
  const bench = await benchWith(500, { latencyMs: 100 });
  const delivered = bench.deliver({ onRequest: () => void bench.store.db.pragma('query_only = ON') });
  await expect(delivered).rejects.toThrow(/read-only/);
  expect(bench.posts()).toHaveLength(1);
  bench.store.db.pragma('query_only = OFF');
  expect([...rows(bench.store).values()].filter(({ attempt_id }) => attempt_id !== null)).toHaveLength(100);
});

test('a ring between looking for work and waiting for it is not missed', async () => {
  const nudge = new Nudge();
  const { rings } = nudge;
  nudge.ring();
  await nudge.heard(rings);
  let heard = false;
  const waiting = nudge.heard(nudge.rings).then(() => {
    heard = true;
  });
  await Promise.resolve();
  expect(heard).toBe(false);
  nudge.ring();
  await waiting;
});

test('the settings are read anew for each claim, which is sent with those that were read for it', async () => {
  const bench = await benchWith(30);
  let readings = 0;
  const pushSettings = async () => {
    const later = readings++ > 0;
    return {
      batchSize: later ? 5 : 10,
      rateLimit: [{ requests: 1000, perMs: 1000 }],
      settings: {
        ignore_global_block_list: later,
        ignore_unsubscribe_list: false,
        ignore_duplicate_leads_in_other_campaign: true,
      },
    };
  };
  await bench.deliver({ pushSettings });
  const bodySchema = z.object({
    lead_list: z.array(z.unknown()),
    settings: z.looseObject({ ignore_global_block_list: z.boolean() }),
  });
  const sent = bench.posts().map(({ body }) => {
    const { lead_list, settings } = bodySchema.parse(body);
    return [lead_list.length, settings.ignore_global_block_list];
  });
  expect(sent.toSorted()).toEqual([[10, false], ...Array.from({ length: 4 }, () => [5, true])]);
  expect(bench.states()).toEqual({ ACTIVE: 30 });
});
