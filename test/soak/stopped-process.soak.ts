import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../helpers/faults.js';
import { manyLeads, startTrial } from '../helpers/trial.js';
import { record } from './results.js';

test('a process that was stopped for longer than its lease lost it, and what it learns late still counts', async () => {
  let got = 0;
  const trial = await startTrial({
    latencyMs: () => (got++ === 0 ? 500 : 0),
    // the other process finds nothing out
    faults: ({ n }) => (n === 0 ? undefined : '500'),
  });
  trial.write('leads.csv', manyLeads(100));
  let stopped: ChildProcess | undefined;
  const ended = trial.summary(['ingest', 'leads.csv'], {
    onStart: (child) => {
      stopped = child;
    },
  });
  expect(await until(() => got > 0)).toBe(true);
  stopped?.kill('SIGSTOP');
  await wait(123_000);
  const other = await trial.summary(['retry', '--held', '--now']);
  expect(other).toMatchObject({ rows: 100, held_reasons: { unknown: 100 } });
  stopped?.kill('SIGCONT');
  expect(await ended).toMatchObject({ exit_code: 0, outcomes: { active: 100 } });
  expect(trial.states()).toEqual({ ACTIVE: 100 });
  expect(trial.memberships()).toHaveLength(100);
  record('Stopped past the lease, 100 leads', { 'late success, ACTIVE': 100, 'wrong states': 0 });
});
