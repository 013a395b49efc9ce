import type { ChildProcess } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { densest, until } from '../helpers/faults.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { record } from './results.js';

const RULES = rulesFor(
  [['VP Sales', '123456']],
  'smartlead:\n  batch_size: 1\n  rate_limit: [{ requests: 10, per: 2s }]\n',
);
const densestOf = (trial: Trial) =>
  densest(
    trial.requests.map(({ at }) => at),
    2000,
  );

/** Starts a run, and gives its process with what the run ends with. */
async function running(trial: Trial, args: string[], env = {}) {
  let child: ChildProcess | undefined;
  const ended = trial.summary(args, {
    env,
    onStart: (started) => {
      child = started;
    },
  });
  expect(await until(() => child !== undefined)).toBe(true);
  return { child, ended };
}

/** A way to the stand-in that keeps connections open until it is told to break them. */
async function breakableWay(trial: Trial): Promise<{ url: string; breakAll: () => number }> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(Number(new URL(trial.sandbox.url).port), '127.0.0.1');
    for (const socket of [from, to]) socket.on('error', () => undefined);
    open.add(from);
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    from.pipe(to).pipe(from);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const breakAll = () => {
    const { size } = open;
    for (const socket of open) socket.resetAndDestroy();
    return size;
  };
  return { url: trial.sandbox.url.replace(/:\d+/, `:${port}`), breakAll };
}

test('processes that stand still again and again, wherever they are, never send more than the limit', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: () => Math.random() * 80 });
  const names = ['a', 'b', 'c'];
  for (const name of names) trial.write(`${name}.csv`, manyLeads(100, 'VP Sales', 85, name));
  const runs = await Promise.all(names.map((name) => running(trial, ['ingest', `${name}.csv`])));
  let working = true;
  let stops = 0;
  const disturb = async (child: ChildProcess | undefined) => {
    while (working) {
      await wait(Math.random() * 1500);
      child?.kill('SIGSTOP');
      stops++;
      await wait(Math.random() * 4000);
      child?.kill('SIGCONT');
    }
  };
  const disturbing = runs.slice(0, 2).map(({ child }) => disturb(child));
  const ends = await Promise.all(runs.map(({ ended }) => ended));
  working = false;
  await Promise.all(disturbing);
  expect(ends.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0]);
  expect(trial.states()).toEqual({ ACTIVE: 300 });
  expect(trial.memberships()).toHaveLength(300);
  record('Three processes, two of them stopped at random', { stops, densest: densestOf(trial), active: 300 });
  expect(densestOf(trial)).toBeLessThanOrEqual(10);
});

test('stopped past its lease while its leads are erased and others come: nobody is ACTIVE who was not sent', async () => {
  let got = 0;
  const trial = await startTrial({ rateLimit: null, latencyMs: () => (got++ === 0 ? 500 : 0) });
  trial.write('gone.csv', manyLeads(5, 'VP Sales', 85, 'gone'));
  trial.write('next.csv', manyLeads(5, 'VP Sales', 85, 'next'));
  const { child, ended } = await running(trial, ['ingest', 'gone.csv']);
  expect(await until(() => got > 0)).toBe(true);
  child?.kill('SIGSTOP');
  await wait(123_000);
  const gone = trial.query<{ email: string }>('SELECT email FROM leads').map(({ email }) => email);
  expect(gone).toHaveLength(5);
  for (const email of gone) expect((await trial.run(['forget', email, '--yes'])).code).toBe(0);
  await trial.run(['ingest', 'next.csv', '--no-push']);
  child?.kill('SIGCONT');
  // the sums of a run whose leads were erased under it say nothing
  await ended.catch(() => undefined);
  expect(trial.states()).toEqual({ 'HELD review': 5 });
  expect(trial.query('SELECT * FROM memberships')).toEqual([]);
  record('Stopped past the lease, five people erased, five others come', { 'falsely ACTIVE': 0, memberships: 0 });
});

test('connections that broke while this machine stood still cost no attempt, and nobody says Smartlead is out of reach', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null });
  const way = await breakableWay(trial);
  trial.write('leads.csv', manyLeads(40));
  const { child, ended } = await running(trial, ['ingest', 'leads.csv'], { SMARTLEAD_BASE_URL: way.url });
  let stalls = 0;
  let broken = 0;
  for (const after of [5, 15, 25]) {
    expect(await until(() => trial.requests.length > after)).toBe(true);
    // what is on its way is answered, and connections rest until the limit lets the next requests go
    await wait(700);
    child?.kill('SIGSTOP');
    stalls++;
    await wait(1000);
    broken += way.breakAll();
    await wait(4000);
    child?.kill('SIGCONT');
  }
  const { exit_code, outcomes, result } = await ended;
  record('Connections broken during a stall', {
    stalls,
    broken,
    'more requests than leads': trial.requests.length - 40,
  });
  expect(result.stderr).not.toContain('cannot be reached');
  expect({ exit_code, active: outcomes.active }).toEqual({ exit_code: 0, active: 40 });
  expect(trial.requests).toHaveLength(40);
  expect(broken).toBeGreaterThan(0);
});
