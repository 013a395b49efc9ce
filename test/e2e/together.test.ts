import { expect, test } from 'vitest';
import { manyLeads, startTrial } from '../helpers/trial.js';

test('two ingests of the same file at once lose nothing and double nothing', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', `${manyLeads(450)}cto@example.com,A,B,C,CTO,1\n`);
  const runs = await Promise.all([1, 2].map(() => trial.summary(['ingest', 'leads.csv'])));
  for (const { exit_code, rows, outcomes } of runs) {
    expect({ exit_code, rows, unassigned: outcomes.unassigned }).toEqual({ exit_code: 0, rows: 451, unassigned: 1 });
    expect(outcomes.active + outcomes.already_active).toBe(450);
  }
  expect(trial.states()).toEqual({ ACTIVE: 450, 'HELD no_route': 1 });
  expect(trial.memberships()).toHaveLength(450);
  expect(trial.requests.every(({ status }) => status === 200)).toBe(true);
});

test('two ingests of different files at once share the database and the limit', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('one.csv', manyLeads(620, 'VP Sales', 85, 'one'));
  trial.write('two.csv', manyLeads(620, 'VP Sales', 65, 'two'));
  const runs = await Promise.all(['one.csv', 'two.csv'].map((file) => trial.summary(['ingest', file])));
  for (const run of runs)
    expect(run).toMatchObject({ exit_code: 0, rows: 620, outcomes: { active: 620 }, requests: 7 });
  expect(trial.memberships()).toHaveLength(1240);
  // none was turned away by the server's own limit
  expect(trial.requests.map(({ status }) => status)).toEqual(new Array(14).fill(200));
});

test('two first runs at once make one database', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('one.csv', manyLeads(1, 'CTO', 1, 'one'));
  trial.write('two.csv', manyLeads(1, 'CTO', 1, 'two'));
  trial.write('three.csv', manyLeads(1, 'CTO', 1, 'three'));
  const files = ['one.csv', 'two.csv', 'three.csv', 'one.csv'];
  const runs = await Promise.all(files.map((file) => trial.summary(['ingest', file])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0, 0]);
  expect(trial.states()).toEqual({ 'HELD no_route': 3 });
});

test('a retry beside an ingest attaches nobody twice', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('held.csv', manyLeads(300, 'VP Sales', 85, 'held'));
  trial.write('new.csv', manyLeads(300, 'VP Sales', 85, 'new'));
  await trial.summary(['ingest', 'held.csv', '--no-push']);
  const runs = await Promise.all([
    trial.summary(['retry', '--held', '--reason', 'review']),
    trial.summary(['retry', '--held', '--reason', 'review']),
    trial.summary(['ingest', 'new.csv']),
  ]);
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0]);
  expect(trial.states()).toEqual({ ACTIVE: 600 });
  expect(trial.memberships()).toHaveLength(600);
});
