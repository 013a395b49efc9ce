import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { densest, faultEnv } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial } from '../helpers/trial.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STEPS: ReadonlyArray<[what: string, ms: number]> = [
  ['an hour ahead', HOUR],
  ['an hour back', -HOUR],
  ['40 days ahead', 40 * DAY],
  ['40 days back', -40 * DAY],
];
const RULES = rulesFor(
  [['VP Sales', '123456']],
  'smartlead:\n  batch_size: 2\n  rate_limit: [{ requests: 5, per: 500ms }]\n',
);

test.each(STEPS)('a clock that steps %s in the middle of a run changes nothing', async (_what, ms) => {
  const trial = await startTrial({ processes: true, rules: RULES, rateLimit: null });
  trial.write('leads.csv', manyLeads(40));
  const told = join(trial.dir, 'told.txt');
  const env = faultEnv({ clockStep: { ms, atPush: 7, told } });
  const summary = await trial.summary(['ingest', 'leads.csv'], { env });
  expect(existsSync(told)).toBe(true);
  expect(Math.abs(Date.parse(readFileSync(told, 'utf8')) - Date.now() - ms)).toBeLessThan(30_000);
  expect(summary).toMatchObject({ exit_code: 0, outcomes: { active: 40 } });
  expect(trial.pushes()).toHaveLength(20);
  const at = trial.requests.map((request) => request.at);
  // one more than the limit would be allowed for a step; none is needed, as waiting goes by a clock that never steps
  expect(densest(at, 500)).toBeLessThanOrEqual(5);
  expect(Math.max(...at) - Math.min(...at)).toBeLessThan(10_000);
});

test.each(STEPS)('a run whose clock is %s neither stalls on what another has left, nor hurries', async (_what, ms) => {
  let refuse = true;
  const trial = await startTrial({
    processes: true,
    rules: RULES,
    rateLimit: null,
    faults: () => (refuse ? '500' : undefined),
  });
  trial.write('leads.csv', manyLeads(6));
  trial.write('more.csv', manyLeads(10, 'VP Sales', 85, 'more'));
  await trial.summary(['ingest', 'leads.csv']);
  expect(trial.states()).toEqual({ 'HELD unknown': 6 });
  refuse = false;
  const env = faultEnv({ clockAheadMs: ms });
  const began = performance.now();
  const more = await trial.summary(['ingest', 'more.csv'], { env });
  expect(more).toMatchObject({ exit_code: 0, outcomes: { active: 10 } });
  expect(await trial.summary(['retry', '--held', '--now'], { env })).toMatchObject({ outcomes: { active: 6 } });
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(trial.states()).toEqual({ ACTIVE: 16 });
  expect(trial.memberships()).toHaveLength(16);
  expect(
    densest(
      trial.requests.map((request) => request.at),
      500,
    ),
  ).toBeLessThanOrEqual(5);
});
