import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { ownServer } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial } from '../helpers/trial.js';

/** A 429 as the server words it. */
interface Refusal {
  header?: (now: number) => string;
  body?: string;
}

function tooMany(response: ServerResponse, { header, body = '{}' }: Refusal): void {
  response.writeHead(429, {
    'content-type': 'application/json',
    ...(header === undefined ? {} : { 'retry-after': header(Date.now()) }),
  });
  response.end(body);
}

const S = 1000;
const WAYS: ReadonlyArray<[what: string, refusal: Refusal, from: number, to: number]> = [
  ['30', { header: () => '30' }, 30 * S, 30 * S],
  ['an HTTP date', { header: (now) => new Date(now + 40 * S).toUTCString() }, 38 * S, 40 * S],
  ['an HTTP date that is past', { header: (now) => new Date(now - 40 * S).toUTCString() }, S, S],
  ['0', { header: () => '0' }, S, S],
  ['-1', { header: () => '-1' }, S, S],
  ['1e9', { header: () => '1e9' }, 3600 * S, 3600 * S],
  ['1000000000', { header: () => '1000000000' }, 3600 * S, 3600 * S],
  ['garbage', { header: () => 'soon, I hope' }, S, 60 * S],
  ['nothing but a body', { body: '{"error":{"code":"RATE_LIMIT_EXCEEDED","retry_after":25}}' }, 25 * S, 25 * S],
  ['nothing at all', {}, S, 60 * S],
  ['a number too large in the body', { body: '{"error":{"message":"slow","retry_after":1e300}}' }, 3600 * S, 3600 * S],
  ['a negative number in the body', { body: '{"error":{"message":"slow","retry_after":-7}}' }, S, S],
];

test.each(WAYS)(
  'a 429 with a wait of %s pauses between a second and an hour, costs no attempt, and says when it goes on',
  async (_what, refusal, from, to) => {
    const trial = await startTrial({ processes: true });
    const { url, seen } = await ownServer((response) => tooMany(response, refusal));
    trial.write('leads.csv', manyLeads(30));
    const before = Date.now();
    const summary = await trial.summary(['ingest', 'leads.csv', '--max-wait', '10ms'], {
      env: { SMARTLEAD_BASE_URL: url },
    });
    expect(summary).toMatchObject({ exit_code: 5, outcomes: { active: 0, held: 30 }, held_reasons: { queued: 30 } });
    expect(seen).toHaveLength(1);
    expect(trial.query('SELECT DISTINCT push_attempts AS n FROM leads')).toEqual([{ n: 0 }]);

    const stops = trial.query<{ reason: string; since: string; until: string }>(
      'SELECT reason, since, until FROM stops',
    );
    expect(stops.map(({ reason }) => reason)).toEqual(['rate_limit']);
    const [stop] = stops;
    const wait = Date.parse(stop?.until ?? '') - Date.parse(stop?.since ?? '');
    expect(wait).toBeGreaterThanOrEqual(Math.max(S, from));
    expect(wait).toBeLessThanOrEqual(to);
    // the time that is told is the time that holds
    const told = /can go on at (20\d\d-\d\d-\d\dT[\d:.]+Z)/.exec(summary.problems.join())?.[1] ?? '';
    expect(Date.parse(told)).toBeGreaterThanOrEqual(before + wait - S);
    expect(Date.parse(told)).toBeLessThanOrEqual(Date.now() + wait + S);
  },
);

test('a server that answers 429 for ever ends the run when it has waited for as long as it may', async () => {
  const trial = await startTrial({ processes: true, rateLimit: null, faults: () => '429' });
  trial.write('leads.csv', manyLeads(30));
  const summary = await trial.summary(['ingest', 'leads.csv', '--max-wait', '2s']);
  expect(summary).toMatchObject({ exit_code: 5, outcomes: { active: 0, held: 30 }, held_reasons: { queued: 30 } });
  expect(trial.requests.length).toBeGreaterThan(1);
  expect(trial.requests.length).toBeLessThanOrEqual(4);
  expect(trial.query('SELECT DISTINCT push_attempts AS n FROM leads')).toEqual([{ n: 0 }]);
});

test('during a pause no process begins a request, and afterwards all finish', async () => {
  let refusedAt = 0;
  const trial = await startTrial({
    processes: true,
    rules: rulesFor(
      [['VP Sales', '123456']],
      'smartlead: { batch_size: 5, rate_limit: [{ requests: 40, per: 1s }] }\n',
    ),
    rateLimit: null,
    latencyMs: 20,
    faults: ({ n }) => {
      if (n !== 12) return undefined;
      refusedAt = performance.now();
      // with Retry-After: 1
      return '429';
    },
  });
  const names = ['a', 'b'];
  for (const name of names) trial.write(`${name}.csv`, manyLeads(200, 'VP Sales', 85, name));
  const runs = await Promise.all(names.map((name) => trial.summary(['ingest', `${name}.csv`])));
  for (const run of runs) expect(run).toMatchObject({ exit_code: 0, outcomes: { active: 200 } });
  expect(trial.pushes().filter(({ at }) => at > refusedAt).length).toBeGreaterThan(40);
  // what was on its way when the 429 came may arrive; nothing may be claimed until the second is over
  const [stop] = trial.query<{ since: string; until: string }>(
    "SELECT since, until FROM stops WHERE reason = 'rate_limit'",
  );
  const [from, to] = [Date.parse(stop?.since ?? ''), Date.parse(stop?.until ?? '')];
  expect(to - from).toBe(1000);
  const claims = trial
    .query<{ claimed_at: string }>('SELECT claimed_at FROM attempts')
    .map((a) => Date.parse(a.claimed_at));
  // the processes' clocks agree to a millisecond or two
  expect(claims.filter((at) => at > from + 5 && at < to - 5)).toEqual([]);
  expect(claims.some((at) => at <= from)).toBe(true);
  expect(claims.some((at) => at >= to - 5)).toBe(true);
  expect(trial.query('SELECT DISTINCT push_attempts AS n FROM leads')).toEqual([{ n: 1 }]);
});
