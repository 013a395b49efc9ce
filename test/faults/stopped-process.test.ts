import type { ChildProcess } from 'node:child_process';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { faultEnv, until } from '../helpers/faults.js';
import { manyLeads, startTrial } from '../helpers/trial.js';

/** More than the two minutes a process may work on what it claimed. */
const LATER = 121_000;

/** A trial whose ingest is stopped, as by a sleeping laptop, when the server has got its first request. */
async function stoppedInFlight(answers: { first?: Fault; later?: Fault }) {
  let got = 0;
  const trial = await startTrial({
    processes: true,
    // so that the answer meets a process that stands still
    latencyMs: () => (got++ === 0 ? 500 : 0),
    faults: ({ n }) => (n === 0 ? answers.first : answers.later),
  });
  trial.write('leads.csv', manyLeads(50));
  let stopped: ChildProcess | undefined;
  const ended = trial.summary(['ingest', 'leads.csv'], {
    onStart: (child) => {
      stopped = child;
    },
  });
  expect(await until(() => got > 0)).toBe(true);
  stopped?.kill('SIGSTOP');
  expect(await until(() => trial.requests.length === 1)).toBe(true);
  // for this process two minutes have passed
  const other = await trial.summary(['retry', '--held', '--now'], { env: faultEnv({ steadyAheadMs: LATER }) });
  const wake = () => {
    stopped?.kill('SIGCONT');
    return ended;
  };
  return { trial, other, wake };
}

test('stopped past its lease and overtaken by another, it wakes up and nothing is wrong or doubled', async () => {
  const { trial, other, wake } = await stoppedInFlight({});
  expect(other).toMatchObject({ exit_code: 0, outcomes: { active: 50 } });
  expect(await wake()).toMatchObject({ exit_code: 0, outcomes: { active: 50 } });
  expect(trial.states()).toEqual({ ACTIVE: 50 });
  expect(trial.memberships()).toHaveLength(50);
});

test('a success that comes after others have taken the leads over still counts', async () => {
  // the other process finds nothing out, so that only the late answer can tell
  const { trial, other, wake } = await stoppedInFlight({ later: '500' });
  expect(other.held_reasons).toEqual({ unknown: 50 });
  expect(trial.states()).toEqual({ 'HELD unknown': 50 });
  expect(await wake()).toMatchObject({ exit_code: 0, outcomes: { active: 50 } });
  expect(trial.states()).toEqual({ ACTIVE: 50 });
  expect(trial.memberships()).toHaveLength(50);
});

test('a failure that comes after another process has proven the leads ACTIVE changes nothing', async () => {
  const { trial, other, wake } = await stoppedInFlight({ first: '500' });
  expect(other).toMatchObject({ exit_code: 0, outcomes: { active: 50 } });
  expect((await wake()).outcomes).toMatchObject({ active: 50 });
  expect(trial.states()).toEqual({ ACTIVE: 50 });
  expect(trial.query("SELECT 1 FROM audit_logs WHERE action = 'late_answer'")).toHaveLength(50);
});
