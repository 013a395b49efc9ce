import { expect, test } from 'vitest';
import { densest, faultEnv, jitteryWay } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const limited = (windows: string, batchSize = 1) =>
  rulesFor([['VP Sales', '123456']], `smartlead:\n  batch_size: ${batchSize}\n  rate_limit: ${windows}\n`);

const arrivals = (trial: Trial) => trial.requests.map(({ at }) => at);

/** How long the requests took from the first to the last, in milliseconds. */
function spread(moments: readonly number[]): number {
  return Math.max(...moments) - Math.min(...moments);
}

test('three processes behind a jittery line, one with a blocked event loop, one killed, never exceed the limit', async () => {
  const trial = await startTrial({ processes: true, rules: limited('[{ requests: 10, per: 1s }]'), rateLimit: null });
  const env = { SMARTLEAD_BASE_URL: await jitteryWay(trial, 300) };
  for (const name of ['a', 'b', 'c']) trial.write(`${name}.csv`, manyLeads(20, 'VP Sales', 85, name));
  const [a, b, killed] = await Promise.all([
    trial.summary(['ingest', 'a.csv'], { env }),
    trial.summary(['ingest', 'b.csv'], { env: { ...env, ...faultEnv({ blockEveryMs: 150, blockForMs: 140 }) } }),
    trial.run(['ingest', 'c.csv'], { env, onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), 1500) }),
  ]);
  expect([a.exit_code, b.exit_code, killed.signal]).toEqual([0, 0, 'SIGKILL']);
  expect(trial.requests.length).toBeGreaterThanOrEqual(40);
  expect(densest(arrivals(trial), 1000)).toBeLessThanOrEqual(10);
});

test('of several windows each holds, in two processes at once', async () => {
  const rules = limited('[{ requests: 4, per: 300ms }, { requests: 10, per: 2s }]');
  const trial = await startTrial({ processes: true, rules, rateLimit: null });
  for (const name of ['a', 'b']) trial.write(`${name}.csv`, manyLeads(15, 'VP Sales', 85, name));
  const runs = await Promise.all(['a', 'b'].map((name) => trial.summary(['ingest', `${name}.csv`])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0]);
  const at = arrivals(trial);
  expect(at).toHaveLength(30);
  expect(densest(at, 300)).toBeLessThanOrEqual(4);
  expect(densest(at, 2000)).toBeLessThanOrEqual(10);
  expect(spread(at)).toBeGreaterThan(4000);
});

test('retries and look-ups count against the limit like pushes', async () => {
  const trial = await startTrial({
    processes: true,
    rules: limited('[{ requests: 5, per: 500ms }]'),
    rateLimit: null,
    faults: ({ n, method }) => (method === 'POST' && n % 2 === 0 ? 'empty' : undefined),
  });
  trial.write('leads.csv', manyLeads(20));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ exit_code: 0, outcomes: { active: 20 } });
  expect(trial.requests.length).toBeGreaterThan(20);
  expect(densest(arrivals(trial), 500)).toBeLessThanOrEqual(5);
});
