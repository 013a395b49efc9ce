import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const THREE = leadCsv([
  ['a@example.com', 'VP Sales', 85],
  ['b@example.com', 'VP Sales', 65],
  ['c@example.com', 'Marketing Manager', 75],
]);

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

test('a campaign that Smartlead does not know costs only its own leads', async () => {
  const trial = await startTrial({ campaigns: ['123456', '123458'] });
  trial.write('leads.csv', THREE);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({
    exit_code: 3,
    outcomes: { active: 2, held: 1 },
    held_reasons: { campaign_not_found: 1 },
  });
  expect(trial.query("SELECT email, push_attempts FROM leads WHERE hold_reason = 'campaign_not_found'")).toEqual([
    { email: 'b@example.com', push_attempts: 0 },
  ]);

  trial.sandbox.account.ensureCampaigns(['123457']);
  const retry = await trial.summary(['retry', '--held']);
  expect(retry).toMatchObject({ rows: 1, exit_code: 0, outcomes: { active: 1 } });
  expect(trial.memberships()).toHaveLength(3);
});

test('leads of an unknown campaign go by the rules of the day when they are retried', async () => {
  const trial = await startTrial({ campaigns: ['123456', '123458'] });
  trial.write('leads.csv', THREE);
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', 'rules:\n  - { persona: VP Sales, target_campaign_id: "123456" }\n');
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ exit_code: 0, outcomes: { active: 1 } });
  expect(trial.sandbox.account.membersOf('123456')).toEqual(['a@example.com', 'b@example.com']);
});

test('a refused key loses nothing, and the message says where the key came from, never what it is', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  const refused = await trial.run(['ingest', 'leads.csv', '--verbose'], { env: { SMARTLEAD_API_KEY: 'bad-key-77c1' } });
  expect(refused.code).toBe(4);
  expect(refused.stdout).toMatch(/refused the key \(key from SMARTLEAD_API_KEY\)/);
  expect(refused.stdout + refused.stderr).not.toContain('bad-key-77c1');
  expect(trial.states()).toEqual({ 'HELD auth': 3 });
  // those that were on their way when the first was refused, and none after
  expect(trial.pushes().length).toBeLessThanOrEqual(3);
  expect(trial.query('SELECT DISTINCT push_attempts FROM leads')).toEqual([{ push_attempts: 0 }]);

  expect(await trial.summary(['retry', '--held'])).toMatchObject({ rows: 3, exit_code: 0, outcomes: { active: 3 } });
});

test('a refused key is tried with one request by every further run', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  const env = { SMARTLEAD_API_KEY: 'bad-key-77c1' };
  await trial.summary(['ingest', 'leads.csv'], { env });
  trial.requests.length = 0;
  expect(await trial.summary(['retry', '--held'], { env })).toMatchObject({ exit_code: 4, held_reasons: { auth: 3 } });
  expect(trial.requests).toHaveLength(1);
});

test('a key read from a file that is refused is named by the variable of the file', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  trial.write('key.txt', 'bad-key-from-file\n');
  const refused = await trial.run(['ingest', 'leads.csv'], {
    env: { SMARTLEAD_API_KEY: '', SMARTLEAD_API_KEY_FILE: 'key.txt' },
  });
  expect(refused.code).toBe(4);
  expect(refused.stdout).toMatch(/key from the file in SMARTLEAD_API_KEY_FILE/);
  expect(refused.stdout + refused.stderr).not.toContain('bad-key-from-file');
});

test('without a key the leads are stored and wait for one', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  const summary = await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(summary).toMatchObject({ exit_code: 4, requests: 0, held_reasons: { auth: 3 } });
  expect(summary.problems.join()).toMatch(/neither SMARTLEAD_API_KEY nor SMARTLEAD_API_KEY_FILE is set/);
  expect(trial.states()).toEqual({ 'HELD auth': 3 });
  expect(trial.requests).toEqual([]);
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ exit_code: 0, outcomes: { active: 3 } });
});

test('nothing to push needs no key', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'CTO', 1]]));
  expect(await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_API_KEY: '' } })).toMatchObject({
    exit_code: 0,
  });
});

test('with Smartlead down every lead is held, the run ends promptly, and a retry finishes', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1200));
  const env = { SMARTLEAD_BASE_URL: `http://127.0.0.1:${await closedPort()}/api/v1` };
  const summary = await trial.summary(['ingest', 'leads.csv'], { env });
  expect(summary).toMatchObject({ exit_code: 5, rows: 1200, outcomes: { active: 0, held: 1200 } });
  expect(summary.duration_ms).toBeLessThan(15_000);
  expect(summary.problems.join()).toMatch(/cannot be reached/);
  expect(Object.keys(summary.held_reasons)).toEqual(expect.arrayContaining(['push_failed']));
  expect(trial.query('SELECT DISTINCT status, push_attempts FROM leads')).toEqual([
    { status: 'HELD', push_attempts: 0 },
  ]);

  const retry = await trial.summary(['retry', '--held', '--now']);
  expect(retry).toMatchObject({ rows: 1200, exit_code: 0, outcomes: { active: 1200 } });
  expect(trial.memberships()).toHaveLength(1200);
});

test('leads whose time has not come are left alone by retry, which says when it will', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  const env = { SMARTLEAD_BASE_URL: `http://127.0.0.1:${await closedPort()}/api/v1` };
  await trial.summary(['ingest', 'leads.csv'], { env });
  const retry = await trial.run(['retry', '--held']);
  expect(retry.code).toBe(0);
  expect(retry.stdout).toMatch(/push_failed 3: drason retry --held tries again when due, .*; 3 not due before 20\d\d-/);
  expect(trial.states()).toEqual({ 'HELD push_failed': 3 });
});

test('retry without --held does nothing and says what is missing', async () => {
  const trial = await startTrial();
  const result = await trial.run(['retry']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/needs --held/);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('retry without a database names the path and creates nothing', async () => {
  const trial = await startTrial();
  const path = join(trial.dir, 'nowhere', 'none.db');
  const result = await trial.run(['retry', '--held', '--db', path]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(path);
  expect(existsSync(join(trial.dir, 'nowhere'))).toBe(false);
});
