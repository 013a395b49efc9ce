import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const LEADS = 2000;
/** So that nothing but the server's slowness holds a run back. */
const RULES = rulesFor([['VP Sales', '123456']], 'smartlead:\n  rate_limit: [{ requests: 100, per: 100ms }]\n');

/** A trial whose server takes its time, so that a signal always meets a run at work, until it is told to `hurry`. */
async function slowTrial(latency: number) {
  let latencyMs = latency;
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: () => latencyMs });
  const hurry = () => {
    latencyMs = 0;
  };
  return { trial, hurry };
}

/** Waits until a table has so many rows, or the process has ended. */
async function rowsIn(trial: Trial, table: 'attempts' | 'leads', rows: number, child: ChildProcess): Promise<void> {
  const count = () => {
    try {
      return trial.query<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)[0]?.n ?? 0;
    } catch {
      return 0;
    }
  };
  while (count() < rows && child.exitCode === null) await wait(20);
}

/** Sends signals when the server is at work on the first push. */
async function signalAtWork(trial: Trial, child: ChildProcess, ...signals: NodeJS.Signals[]): Promise<void> {
  await rowsIn(trial, 'attempts', 1, child);
  await wait(100);
  for (const signal of signals) {
    child.kill(signal);
    await wait(100);
  }
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s lets requests in flight finish, accounts for every row, and says how to go on',
  async (signal, code) => {
    const { trial, hurry } = await slowTrial(600);
    trial.write('leads.csv', manyLeads(LEADS));
    let sent: Promise<void> | undefined;
    const summary = await trial.summary(['ingest', 'leads.csv'], {
      onStart: (child) => {
        sent = signalAtWork(trial, child, signal);
      },
    });
    await sent;
    expect(summary.exit_code).toBe(code);
    expect(summary.result.stderr).toMatch(/Interrupted; all work is saved. Go on with: drason ingest leads\.csv$/m);
    expect(summary.rows).toBe(trial.query('SELECT id FROM leads').length);
    expect(summary.outcomes.active).toBe(trial.states().ACTIVE ?? 0);
    expect(summary.outcomes.held).toBe(summary.held_reasons.queued ?? 0);
    // what was in flight was waited for
    expect(trial.query('SELECT id FROM attempts WHERE outcome IS NULL')).toEqual([]);
    expect(summary.outcomes.active).toBe(trial.memberships().length);
    expect(summary.rows).toBeGreaterThan(summary.outcomes.active);

    hurry();
    const retry = await trial.summary(['retry', '--held']);
    expect(retry).toMatchObject({ exit_code: 0, outcomes: { active: summary.outcomes.held } });
    expect(Object.keys(trial.states())).toEqual(['ACTIVE']);
    trial.memberships();
  },
);

test('the command that an interrupted ingest suggests takes the rest in and pushes what was left', async () => {
  const { trial, hurry } = await slowTrial(600);
  trial.write('leads.csv', manyLeads(LEADS));
  const stopped = await trial.summary(['ingest', 'leads.csv', '--source', 'the fair'], {
    onStart: (child) => void signalAtWork(trial, child, 'SIGINT'),
  });
  const [, typed = ''] = /Go on with: drason ingest leads\.csv (.*)\n/.exec(stopped.result.stderr) ?? [];
  expect(typed).toBe("--source 'the fair'");
  hurry();
  const rest = await trial.summary(['ingest', 'leads.csv', '--source', 'the fair']);
  expect(rest).toMatchObject({ exit_code: 0, rows: LEADS });
  expect(rest.outcomes.active + rest.outcomes.already_active).toBe(LEADS);
  expect(trial.memberships()).toHaveLength(LEADS);
});

test('a signal while stdin is still open ends the run, with the rows taken so far', async () => {
  const { trial } = await slowTrial(0);
  const summary = await trial.summary(['ingest', '-'], {
    // more than is looked at before the first row is taken
    stdin: manyLeads(300) + manyLeads(25_000, 'CTO', 1, 'other').replace(/^.*\n/, ''),
    stdinStaysOpen: true,
    onStart: (child) => void rowsIn(trial, 'leads', 25_000, child).then(() => child.kill('SIGTERM')),
  });
  expect(summary.exit_code).toBe(143);
  expect(summary.duration_ms).toBeLessThan(15_000);
  expect(summary.rows).toBeGreaterThan(0);
  expect(summary.rows).toBe(trial.query('SELECT id FROM leads').length);
});

test('a second signal ends at once, and a retry settles what was in flight', async () => {
  const { trial } = await slowTrial(5000);
  trial.write('leads.csv', manyLeads(300));
  const began = performance.now();
  const result = await trial.run(['ingest', 'leads.csv'], {
    onStart: (child) => void signalAtWork(trial, child, 'SIGINT', 'SIGINT'),
  });
  expect(result.code).toBe(130);
  expect(performance.now() - began).toBeLessThan(4500);
  expect(trial.states()).toEqual({ 'HELD queued': 300 });
});

test.each([1, 2])('killed outright at work, it loses nothing and a retry attaches nobody twice (%i)', async (n) => {
  const { trial, hurry } = await slowTrial(150 * n);
  trial.write('leads.csv', manyLeads(LEADS));
  const result = await trial.run(['ingest', 'leads.csv'], {
    onStart: (child) => void signalAtWork(trial, child, 'SIGKILL'),
  });
  expect(result.signal).toBe('SIGKILL');
  const taken = trial.query('SELECT id FROM leads').length;
  expect(taken).toBeGreaterThan(0);
  hurry();
  const retry = await trial.summary(['retry', '--held', '--now']);
  expect(retry.exit_code).toBe(0);
  expect(trial.states()).toEqual({ ACTIVE: taken });
  expect(trial.memberships()).toHaveLength(taken);
});
