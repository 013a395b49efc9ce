import { expect, test } from 'vitest';
import { type Poisoned, Refusals } from '../../src/delivery/refusals.js';
import { makeClient } from '../../src/smartlead/client.js';
import { listStops } from '../../src/store/queue/stops.js';
import { ownServer } from '../helpers/faults.js';
import { KEY, newRun, queue, rows } from '../store/helper.js';
import { claimOf, storedLead } from './claim.js';
import { type Bench, retry, startBench } from './helper.js';

const BAD = 'b+invalid@example.com';
const ARCHIVED = JSON.stringify({ statusCode: 400, error: 'Bad Request', message: 'Campaign is archived' });

/** Pushes leads one by one, each in a run of its own, as `serve` and cron do. */
async function oneByOne(bench: Bench, emails: readonly string[], more: Parameters<Bench['deliver']>[0] = {}) {
  for (const email of emails) {
    bench.run = await newRun(bench.store);
    await queue(bench.store, bench.run, [email]);
    await bench.deliver({ run: bench.run, ...more });
  }
}

async function saying(body: string, status = 400) {
  const { url, seen } = await ownServer((response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  return { client: makeClient(url, 'good-key', '1'), seen };
}

const three = ['a@x.com', 'b@x.com', 'c@x.com'];

test("leads that come one by one are not blamed for their campaign's fault: the third stops it, and all come back", async () => {
  const bench = await startBench();
  const { client, seen } = await saying(ARCHIVED);
  const many = Array.from({ length: 25 }, (_, n) => `lead${n}@x.com`);
  await oneByOne(bench, many, { client, tries: () => false });
  expect(bench.states().refused).toBeUndefined();
  expect(await listStops(bench.store, KEY)).toMatchObject([{ campaignId: '1', reason: 'request_at_fault' }]);
  expect(seen.length).toBeLessThanOrEqual(25);
  // somebody has put the campaign right
  await retry(bench);
  await bench.deliver({ run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 25 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

test('a lone lead that nothing names waits until its campaign takes another: then it is refused, and no attempt counts', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await oneByOne(bench, [BAD]);
  expect(bench.states()).toEqual({ push_failed: 1 });
  await oneByOne(bench, ['good@example.com']);
  expect(bench.states()).toEqual({ refused: 1, ACTIVE: 1 });
  expect(rows(bench.store).get(BAD)).toMatchObject({ hold_reason: 'refused', push_attempts: 0, next_attempt_at: null });
  expect(bench.store.db.prepare('SELECT * FROM refusals').all()).toEqual([]);
});

test('what another campaign takes proves nothing', async () => {
  const bench = await startBench({ invalid: 'reject-unnamed' });
  await oneByOne(bench, [BAD]);
  bench.run = await newRun(bench.store);
  await queue(bench.store, bench.run, ['good@example.com'], { assigned_campaign_id: '2' });
  await bench.deliver({ run: bench.run });
  expect(bench.states()).toEqual({ push_failed: 1, ACTIVE: 1 });
});

test.each([
  ['its index', '{"message":"\\"lead_list[0].email\\" must be a valid email"}'],
  ['its address', '{"message":"A@X.com is not valid"}'],
  ['a field', '{"message":"\\"email\\" must be a valid email"}'],
  ['a field in details', '{"error":{"code":"V","message":"bad","details":{"field":"custom_fields.size"}}}'],
])('a lone lead that the message names, by %s, is refused at once', async (_how, body) => {
  const bench = await startBench();
  const { client } = await saying(body);
  await oneByOne(bench, ['a@x.com'], { client });
  expect(bench.states()).toEqual({ refused: 1 });
});

test.each([
  ['an account', '{"message":"No email account is connected to the campaign"}'],
  ['a value that has the name of a field', '{"message":"Campaign is archived","email":"owner@acme.com"}'],
  ['nothing', '{}'],
])('a message about %s names no lead', async (_what, body) => {
  const bench = await startBench();
  const { client } = await saying(body);
  await oneByOne(bench, ['a@x.com'], { client });
  expect(bench.states()).toEqual({ push_failed: 1 });
});

test('three named leads in a row with one message, and none accepted: it is the request, and none stays refused', async () => {
  const bench = await startBench();
  const { client } = await saying('{"message":"\\"lead_list[0].quota\\" is not allowed"}');
  await oneByOne(bench, three.slice(0, 2), { client });
  expect(bench.states()).toEqual({ refused: 2 });
  await oneByOne(bench, three.slice(2), { client });
  expect(bench.states()).toEqual({ push_failed: 3 });
  expect(await listStops(bench.store, KEY)).toMatchObject([{ reason: 'request_at_fault' }]);
});

test('one lead that is refused three times is one lead', async () => {
  const bench = await startBench();
  const { client } = await saying(ARCHIVED);
  await oneByOne(bench, ['a@x.com'], { client });
  for (let n = 0; n < 3; n++) {
    await retry(bench);
    await bench.deliver({ run: bench.run, client });
  }
  expect(bench.states()).toEqual({ push_failed: 1 });
  expect(await listStops(bench.store, KEY)).toEqual([]);
});

/** A server with no leads, whose only campaign is archived. */
async function archived() {
  const { url } = await ownServer((response, _seen, { method }) => {
    response.writeHead(method === 'GET' ? 200 : 400, { 'content-type': 'application/json' });
    response.end(method === 'GET' ? '{}' : ARCHIVED);
  });
  return { client: makeClient(url, 'good-key', '1') };
}

test('once a campaign was stopped, what it took before is held against no lead', async () => {
  const bench = await startBench();
  const gone = await archived();
  await oneByOne(bench, ['early@x.com'], gone);
  // its outcome is open while the campaign takes another
  await retry(bench);
  await bench.deliver({ run: bench.run, client: (await saying('{}', 500)).client });
  await oneByOne(bench, ['good@x.com']);
  expect(bench.states()).toEqual({ unknown: 1, ACTIVE: 1 });
  await oneByOne(bench, three, gone);
  // it is looked up, and then pushed again
  for (let n = 0; n < 2; n++) {
    await retry(bench);
    await bench.deliver({ run: bench.run, ...gone });
  }
  expect(bench.states()).toEqual({ unknown: 1, push_failed: 3, ACTIVE: 1 });
  await retry(bench);
  await bench.deliver({ run: bench.run });
  expect(bench.states()).toEqual({ ACTIVE: 5 });
});

test('a campaign that comes back and is archived again blames no lead that it refused before, within one run either', () => {
  const refusals = new Refusals();
  const no: Poisoned = { kind: 'poisoned', named: [], message: 'Campaign is archived' };
  const yes = { kind: 'accepted', smartleadLeadId: '5', evidence: 'id_map' } as const;
  const refuse = (seq: number, isStopped: boolean, others = 0) => {
    const claim = claimOf([storedLead(seq)]);
    const known = refusals.diagnose(claim, no);
    if (known.kind === 'request') return known.kind;
    const before = { acceptedSince: false, isStopped, others: Array.from({ length: others }, () => storedLead(99)) };
    return refusals.judge(claim, no, '{}', before).kind;
  };
  expect([refuse(1, false), refuse(2, false, 1), refuse(3, false, 2)]).toEqual(['unproven', 'unproven', 'request']);
  refusals.diagnose(claimOf([storedLead(4)]), {
    kind: 'evidence',
    evidence: { verdicts: [yes], creditsGone: false, counters: undefined },
  });
  expect([refuse(1, false), refuse(2, false, 1)]).toEqual(['unproven', 'unproven']);
});
