import { expect, test } from 'vitest';
import { faultEnv, type KillPoint, requestsWithoutAttempt } from '../helpers/faults.js';
import { manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** What must hold after a kill: what was sent was claimed first, and a retry finishes the work without doubling it. */
async function expectFinished(trial: Trial, leads: number): Promise<void> {
  expect(requestsWithoutAttempt(trial)).toBe(0);
  const there = trial.sandbox.account.memberships().length;
  expect(trial.states().ACTIVE ?? 0).toBeLessThanOrEqual(there);
  const retry = await trial.summary(['retry', '--held', '--now']);
  expect(retry.exit_code).toBe(0);
  expect(trial.states()).toEqual({ ACTIVE: leads });
  expect(trial.memberships()).toHaveLength(leads);
  expect(trial.query("SELECT 1 FROM leads WHERE attempt_id IS NOT NULL OR hold_reason = 'unknown'")).toEqual([]);
  expect(requestsWithoutAttempt(trial)).toBe(0);
  const twice = 'SELECT 1 FROM memberships GROUP BY lead_seq, campaign_id HAVING count(*) > 1';
  expect(trial.query(twice)).toEqual([]);
}

const POINTS: ReadonlyArray<[point: KillPoint, attemptsAtFirst: number, requestsAtFirst: number]> = [
  ['before the claim commits', 0, 0],
  ['after the claim has committed', 1, 0],
  // the server saw its beginning only, which is no request yet
  ['mid-body', 1, 0],
  ['before the settle commits', 1, 1],
  ['after the settle has committed', 1, 1],
];

test.each(POINTS)(
  'killed %s, it has sent nothing unclaimed, and a retry finishes the work',
  async (killAt, attempts, requests) => {
    const trial = await startTrial({ processes: true });
    trial.write('leads.csv', manyLeads(60));
    const killed = await trial.run(['ingest', 'leads.csv'], { env: faultEnv({ killAt }) });
    expect(killed.signal).toBe('SIGKILL');
    expect(trial.query('SELECT id FROM attempts')).toHaveLength(attempts);
    expect(trial.pushes().filter(({ body }) => body !== undefined)).toHaveLength(requests);
    await expectFinished(trial, 60);
  },
);

test.each(['before the claim commits', 'after the claim has committed', 'before the settle commits'] as const)(
  'killed %s in the middle of several batches, it loses and doubles nothing',
  async (killAt) => {
    const trial = await startTrial({ processes: true });
    trial.write('leads.csv', manyLeads(450));
    const killed = await trial.run(['ingest', 'leads.csv'], { env: faultEnv({ killAt, nth: 3 }) });
    expect(killed.signal).toBe('SIGKILL');
    await expectFinished(trial, 450);
  },
);

test.each(['request', 'answer'] as const)(
  'killed before the %s is settled at the server, it learns by the retry what became of the leads',
  async (moment) => {
    let kill = () => {};
    let taken = 0;
    const trial = await startTrial({
      processes: true,
      faults: () => {
        taken++;
        if (taken > 1) return undefined;
        kill();
        // the server has worked on the request in one case and not in the other; no answer is given in either
        return moment === 'answer' ? 'hang-after' : 'hang';
      },
    });
    trial.write('leads.csv', manyLeads(60));
    const killed = await trial.run(['ingest', 'leads.csv'], {
      onStart: (child) => {
        kill = () => void child.kill('SIGKILL');
      },
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(trial.states()).toEqual({ 'HELD queued': 60 });
    expect(trial.query('SELECT outcome FROM attempts')).toEqual([{ outcome: null }]);
    await expectFinished(trial, 60);
  },
);
