import { expect, test } from 'vitest';
import { densest, faultEnv, jitteryWay } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { record } from './results.js';

const RULES = rulesFor(
  [['VP Sales', '123456']],
  'smartlead:\n  batch_size: 1\n  rate_limit: [{ requests: 10, per: 2s }]\n',
);

/** The share of the limit that was used, between the first request and the last. */
function used(trial: Trial): number {
  const at = trial.requests.map((request) => request.at);
  const seconds = (Math.max(...at) - Math.min(...at)) / 1000;
  // the first ten are there at once
  return (at.length - 10) / (seconds * 5);
}

const densestOf = (trial: Trial, ms = 2000) =>
  densest(
    trial.requests.map(({ at }) => at),
    ms,
  );

test('one process at 100 ms latency uses 90 % of the limit and never exceeds it', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 100 });
  trial.write('leads.csv', manyLeads(150));
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ exit_code: 0, outcomes: { active: 150 } });
  const share = used(trial);
  record('Rate limit, one process, 100 ms', {
    densest: densestOf(trial),
    'of the limit': `${Math.round(share * 100)} %`,
  });
  expect(densestOf(trial)).toBeLessThanOrEqual(10);
  expect(share).toBeGreaterThanOrEqual(0.9);
});

test('four processes with jitter, kills and a blocked event loop use 75 % of the limit and never exceed it', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: () => Math.random() * 60 });
  const env = { SMARTLEAD_BASE_URL: await jitteryWay(trial, 60) };
  let kills = 0;
  let working = true;

  async function keepsBeingKilled(): Promise<void> {
    while (working) {
      trial.write('killed.csv', manyLeads(400, 'VP Sales', 85, 'killed'));
      const { signal } = await trial.run(['ingest', 'killed.csv'], {
        env,
        onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), 1500 + Math.random() * 3000),
      });
      if (signal === 'SIGKILL') kills++;
    }
  }

  for (const name of ['a', 'b', 'c']) trial.write(`${name}.csv`, manyLeads(60, 'VP Sales', 85, name));
  const killed = keepsBeingKilled();
  const runs = await Promise.all([
    trial.summary(['ingest', 'a.csv'], { env }),
    trial.summary(['ingest', 'b.csv'], { env }),
    trial.summary(['ingest', 'c.csv'], { env: { ...env, ...faultEnv({ blockEveryMs: 400, blockForMs: 250 }) } }),
  ]);
  working = false;
  await killed;
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0]);
  const share = used(trial);
  const figures = { kills, requests: trial.requests.length, densest: densestOf(trial) };
  record('Rate limit, four processes, jitter, kills', { ...figures, 'of the limit': `${Math.round(share * 100)} %` });
  expect(densestOf(trial)).toBeLessThanOrEqual(10);
  expect(kills).toBeGreaterThan(2);
  expect(share).toBeGreaterThanOrEqual(0.75);
});

test('10 in 2 s and 30 in 10 s hold together, for three processes', async () => {
  const rules = rulesFor(
    [['VP Sales', '123456']],
    'smartlead:\n  batch_size: 1\n  rate_limit: [{ requests: 10, per: 2s }, { requests: 30, per: 10s }]\n',
  );
  const trial = await startTrial({ rules, rateLimit: null, latencyMs: () => Math.random() * 40 });
  for (const name of ['a', 'b', 'c']) trial.write(`${name}.csv`, manyLeads(30, 'VP Sales', 85, name));
  const runs = await Promise.all(['a', 'b', 'c'].map((name) => trial.summary(['ingest', `${name}.csv`])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0]);
  const figures = { 'densest 2 s': densestOf(trial, 2000), 'densest 10 s': densestOf(trial, 10_000) };
  record('Two windows, three processes', { requests: trial.requests.length, ...figures });
  expect(figures['densest 2 s']).toBeLessThanOrEqual(10);
  expect(figures['densest 10 s']).toBeLessThanOrEqual(30);
});
