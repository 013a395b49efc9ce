import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../helpers/faults.js';
import { startTrial, type Trial } from '../helpers/trial.js';

const JANE = 'jane.doe@acme.com';
const LEADS = `email,first_name,persona,lead_score\n${JANE},Jane,VP Sales,90\nal@acme.com,Al,VP Sales,90\n`;

/** Files of the database, or beside it, in which an address can still be read. */
function traces(trial: Trial, email: string): string[] {
  return readdirSync(trial.dir).filter((name) => {
    if (!name.startsWith('trial.db')) return false;
    return readFileSync(join(trial.dir, name), 'latin1').toLowerCase().includes(email);
  });
}

test('a forgotten person leaves no trace in the database files, and stays out whatever list brings them', async () => {
  const trial = await startTrial({ invalid: 'reject' });
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  await trial.run(['suppress', 'add', JANE, '--reason', `asked by mail from ${JANE}`]);
  expect(traces(trial, JANE)).not.toEqual([]);

  const forgot = await trial.run(['forget', JANE.toUpperCase(), '--yes']);
  expect([forgot.code, forgot.stdout]).toEqual([0, `${JANE} (default): erased\n`]);
  expect(forgot.stderr).toContain('Smartlead still has, or may have, them in campaign 123456');
  expect(traces(trial, JANE)).toEqual([]);
  expect(traces(trial, 'al@acme.com')).not.toEqual([]);

  trial.write('again.csv', `\uFEFFWork Email;Job Title;Score\r\n  ${JANE.toUpperCase()} ;VP Sales;90\r\n`);
  trial.write('again.json', JSON.stringify([{ email: JANE, persona: 'VP Sales', lead_score: 90 }]));
  trial.write(
    'again.ndjson',
    `{"Email":"${JANE}","persona":"VP Sales","lead_score":"many"}\n{"email":"new@acme.com"}\n`,
  );
  for (const file of ['again.csv', 'again.json', 'again.ndjson']) {
    const { outcomes, rows } = await trial.summary(['ingest', file, '--rejects', `${file}.rejects`, '--verbose']);
    expect([file, outcomes.blocked, outcomes.rejected, rows >= 1]).toEqual([file, 1, 0, true]);
  }
  expect(traces(trial, JANE)).toEqual([]);
  const beside = readdirSync(trial.dir).filter((name) => name.endsWith('.rejects'));
  for (const name of beside) expect(readFileSync(join(trial.dir, name), 'utf8')).not.toContain(JANE);

  const why = await trial.run(['why', JANE]);
  expect(why.code).toBe(3);
  const kept = trial.query<{ action: string; n: number }>(
    "SELECT action, count(*) AS n FROM audit_logs WHERE entity_id IN (SELECT entity_id FROM audit_logs WHERE action = 'erased') GROUP BY 1",
  );
  expect(kept).toContainEqual({ action: 'erased', n: 1 });
  expect(kept).toContainEqual({ action: 'pushed_to_smartlead', n: 1 });
});

test('a mention in what Smartlead said of others is erased too', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  await trial.run(['retry', '--held', '--email', JANE]);
  expect((await trial.run(['forget', JANE, '--yes'])).code).toBe(0);
  expect(traces(trial, JANE)).toEqual([]);
  expect(trial.query('SELECT inputs FROM runs').length).toBeGreaterThan(0);
});

test('an address nobody knows is kept out all the same; one that is none is refused; nothing is done without --yes', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  expect(await trial.run(['forget', JANE])).toMatchObject({ code: 2, stdout: '' });
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(2);
  expect((await trial.run(['forget', 'nobody', '--yes'])).code).toBe(2);
  const unknown = await trial.run(['forget', 'new@acme.com', '--yes', '--json']);
  expect(JSON.parse(unknown.stdout)).toEqual({
    schema: 1,
    erased: [
      { organization: 'default', email: 'new@acme.com', known: false, still_in_campaigns: [], rejects_deleted: 0 },
    ],
  });
  trial.write('new.csv', 'email,persona,lead_score\nnew@acme.com,VP Sales,90\n');
  expect((await trial.summary(['ingest', 'new.csv', '--dry-run'])).outcomes).toMatchObject({ blocked: 1, held: 0 });
  expect((await trial.summary(['ingest', 'new.csv'])).outcomes).toMatchObject({ blocked: 1, active: 0 });
});

test('a person who is erased while a run is at work counts as blocked in it', async () => {
  const trial = await startTrial({ latencyMs: 1500 });
  trial.write('leads.csv', `email,persona,lead_score\n${JANE},Gardener,1\nal@acme.com,VP Sales,90\n`);
  await trial.run(['suppress', 'add', 'other@example.com']);
  const running = trial.summary(['ingest', 'leads.csv']);
  expect(await until(() => trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length === 1)).toBe(true);
  expect(await trial.run(['forget', JANE, '--yes'])).toMatchObject({ code: 0 });
  expect(await running).toMatchObject({ exit_code: 0, outcomes: { active: 1, blocked: 1, unassigned: 0 } });
  expect(trial.query('SELECT exit_code FROM runs')).toEqual([{ exit_code: 0 }]);
});

test('while a lead is in flight nobody is erased (exit 75)', async () => {
  const trial = await startTrial({ latencyMs: 4000 });
  trial.write('leads.csv', LEADS);
  const pushing = trial.run(['ingest', 'leads.csv']);
  await expect.poll(() => trial.requests.length > 0 || flying(trial), { timeout: 10_000 }).toBe(true);
  const result = await trial.run(['forget', 'al@acme.com', JANE, '--yes']);
  expect([result.code, result.stderr]).toEqual([75, expect.stringContaining('is being pushed at this moment')]);
  await pushing;
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(2);
});

function flying(trial: Trial): boolean {
  try {
    return trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length === 2;
  } catch {
    return false;
  }
}

test('what Smartlead still has of a forgotten person leaves no trace when the rosters are read', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  await trial.summary(['ingest', 'leads.csv']);
  await trial.run(['forget', JANE, '--yes']);
  const reconciled = await trial.run(['reconcile', '--verbose', '--json']);
  expect(reconciled.stdout + reconciled.stderr).not.toContain(JANE);
  expect(reconciled.code).toBe(0);
  expect(traces(trial, JANE)).toEqual([]);
});
