import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { LEASE_MS } from '../../src/store/queue/claims.js';
import { queue } from '../store/helper.js';
import { type Bench, benchWith, changing, leads, startBench } from './helper.js';

/** A batch that the sandbox leaves `bad` of out, and says so in numbers only. */
async function shortBench(n: number, bad: number[], strangers = 0): Promise<Bench> {
  const bench = await startBench({ answer: 'counts' });
  const emails = leads(n);
  const { account } = bench.sandbox;
  account.immediate(() => {
    for (const place of bad) account.unsubscribe(emails[place] ?? '');
    for (const email of leads(strangers, 'stranger')) account.attach('1', account.saveLead({ email }));
  });
  await queue(bench.store, bench.run, emails);
  return bench;
}

const evidence = (bench: Bench) =>
  bench.store.db.prepare<[], string>('SELECT DISTINCT evidence FROM memberships ORDER BY 1').pluck().all();

test('numbers that are short: the roster names those who are there, and the others are pushed without them', async () => {
  const bench = await shortBench(100, [3, 50, 97]);
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 97, refused: 3 });
  expect(bench.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
  expect(evidence(bench)).toEqual(['roster']);
});

test('a long roster is not read to its end: the batch is taken apart instead', async () => {
  const bench = await shortBench(100, [40], 2_000);
  await bench.deliver();
  expect(bench.states()).toEqual({ ACTIVE: 99, refused: 1 });
  expect(bench.gets()).toHaveLength(1);
  expect(bench.posts().length).toBeLessThanOrEqual(15);
});

test('counters that never add up cost a few requests a batch, not one a lead', async () => {
  const bench = await benchWith(250);
  const client = await changing(bench, (url, body) =>
    url.pathname.endsWith('/leads') && body.includes('upload_count')
      ? { body: JSON.stringify({ ok: true, upload_count: 1, total_leads: 1, duplicate_count: 7 }) }
      : { body },
  );
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 250 });
  expect(bench.requests.length).toBeLessThanOrEqual(3 * (1 + 3));
});

test('a roster that cannot be read is no obstacle: the batch is taken apart', async () => {
  const bench = await shortBench(20, [7]);
  const client = await changing(bench, (url, body) =>
    url.searchParams.has('offset') ? { body: 'nothing to see' } : { body },
  );
  await bench.deliver({ client });
  expect(bench.states()).toEqual({ ACTIVE: 19, refused: 1 });
});

test('a process that stood still for longer than its claim lasts does not send what others may be sending now', async () => {
  let ahead = 0;
  const clock = { ...systemClock, steady: () => systemClock.steady() + ahead };
  const bench = await benchWith(3, { clock });
  const sent: number[] = [];
  const report = {
    pushing: () => {
      sent.push(bench.requests.length);
      if (sent.length === 1) ahead = LEASE_MS;
    },
    settled: () => undefined,
    waiting: () => undefined,
  };
  await bench.deliver({ report });
  // claimed twice, sent once: the first claim ran out, and recovery put its leads in line again
  expect(sent).toEqual([0, 0]);
  expect(bench.posts()).toHaveLength(1);
  expect(bench.states()).toEqual({ ACTIVE: 3 });
});
