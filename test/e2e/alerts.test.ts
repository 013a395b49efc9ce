import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { until } from '../helpers/faults.js';
import { startServe } from '../helpers/serve.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';
import { startWebhook, WEBHOOK_SECRET, type Webhook } from '../helpers/webhook.js';

const RULES = rulesFor(
  [
    ['VP Sales', '123456'],
    ['CTO', '123457'],
  ],
  'alerts: { url_env: HOOK_URL }\nsmartlead: { batch_size: 2, rate_limit: [{ requests: 100, per: 1s }] }\n',
);

interface AlertTrial extends Trial {
  hook: Webhook;
  /** How Smartlead is from now on. */
  smartlead: { fault: Fault | undefined };
  /** `drason status`, which is always fine; gives what it said on stderr. */
  status(env?: Record<string, string>): Promise<string>;
}

async function startAlertTrial(rules = RULES): Promise<AlertTrial> {
  const hook = await startWebhook();
  const smartlead: AlertTrial['smartlead'] = { fault: undefined };
  const trial = await startTrial({ rules, faults: () => smartlead.fault, rateLimit: null });
  trial.write('leads.csv', manyLeads(20));
  return {
    ...trial,
    hook,
    smartlead,
    async status(env = {}) {
      const result = await trial.run(['status'], { env: { HOOK_URL: hook.url, ...env } });
      expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Status +organization default/) });
      return result.stderr;
    },
  };
}

/** Writes to the database what the commands would take days to bring about. */
function change(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  db.exec(sql);
  db.close();
}

test('an outage gives two messages, over many looks of several processes at once', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '503';
  expect((await trial.summary(['ingest', 'leads.csv'])).exit_code).toBe(5);
  await Promise.all([trial.status(), trial.status(), trial.status()]);
  expect(trial.hook.texts).toEqual([expect.stringMatching(/^drason \(default\): Smartlead cannot be reached/)]);
  expect(trial.hook.texts[0]).toMatch(
    /\d+ of \d+ pushes failed within 1h\. Since 20.* UTC; 20 leads wait\. More: drason status$/,
  );
  for (let round = 0; round < 2; round++) {
    await trial.run(['retry', '--held', '--now']);
    await Promise.all([trial.status(), trial.status()]);
  }
  expect(trial.hook.texts).toHaveLength(1);

  trial.smartlead.fault = undefined;
  expect((await trial.summary(['retry', '--held', '--now'])).outcomes.active).toBe(20);
  await Promise.all([trial.status(), trial.status(), trial.status()]);
  await trial.status();
  expect(trial.hook.texts).toHaveLength(2);
  expect(trial.hook.texts[1]).toMatch(/it is over\. From .* UTC to .*Smartlead cannot be reached.* Now 0 leads wait\./);
});

test('a run that has just begun to try again does not make an outage look over', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '503';
  await trial.summary(['ingest', 'leads.csv']);
  await trial.status();
  // what retry --held --now does first: the stop is lifted, and the leads are in line again
  change(trial, "DELETE FROM stops; UPDATE leads SET hold_reason = 'queued'");
  await trial.status();
  expect(trial.hook.texts).toHaveLength(1);
});

test('a webhook that is down, or answers with an error or elsewhere, is tried again at the next look, and fails nothing', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '401';
  await trial.summary(['ingest', 'leads.csv']);
  const gone = { HOOK_URL: `http://127.0.0.1:1/services/${WEBHOOK_SECRET}` };
  expect(await trial.status(gone)).toBe(
    'drason: an alert could not be sent: the webhook in HOOK_URL was not reached: the connection failed (ECONNREFUSED); the next look tries again\n',
  );
  trial.hook.answer = { status: 500 };
  expect(await trial.status()).toMatch(/^drason: an alert could not be sent: .* the answer was 500; .*\n$/);
  trial.hook.answer = { status: 302, headers: { location: trial.hook.url } };
  expect(await trial.status()).toMatch(/the answer was 302/);
  expect(trial.hook).toMatchObject({ refused: 2, texts: [] });
  trial.hook.answer = { status: 200, body: 'x'.repeat(1_000_000) };
  expect(await trial.status()).toBe('');
  expect(trial.hook.texts).toEqual([expect.stringContaining('Smartlead refused the key')]);
});

test('a URL that is missing, or could be read on its way, is not used and not shown', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '401';
  await trial.summary(['ingest', 'leads.csv']);
  expect(await trial.status({ HOOK_URL: '' })).toMatch(/neither HOOK_URL nor HOOK_URL_FILE is set/);
  const plain = await trial.status({ HOOK_URL: `http://example.com/${WEBHOOK_SECRET}` });
  expect(plain).toMatch(/HOOK_URL: expected a URL that begins with https:\/\//);
  expect(plain).not.toContain(WEBHOOK_SECRET);
  trial.write('hook.txt', `${trial.hook.url}\n`);
  await trial.status({ HOOK_URL: '', HOOK_URL_FILE: 'hook.txt' });
  expect(trial.hook.texts).toHaveLength(1);
  const doctor = await trial.run(['doctor', '--json'], { env: { HOOK_URL: `ftp://x/${WEBHOOK_SECRET}` } });
  expect(doctor.stdout).toMatch(/"state":"failed"[^}]*alerts.url_env: HOOK_URL: expected a URL/);
  expect(doctor.stdout + doctor.stderr).not.toContain(WEBHOOK_SECRET);
});

test('a stopped campaign is told of by its id, until its leads get through', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '404';
  await trial.summary(['ingest', 'leads.csv']);
  await trial.status();
  expect(trial.hook.texts).toEqual([
    expect.stringMatching(/: campaign 123456: Smartlead does not know it\. Since .*; 20 leads wait\./),
  ]);
  trial.smartlead.fault = undefined;
  await trial.summary(['retry', '--held']);
  await trial.status();
  expect(trial.hook.texts).toEqual([expect.anything(), expect.stringContaining('it is over')]);
});

test('used-up credits stay an incident when their hour is over, until something gets through', async () => {
  const trial = await startAlertTrial();
  await trial.summary(['ingest', 'leads.csv']);
  change(
    trial,
    `UPDATE leads SET status = 'HELD', hold_reason = 'queued', waiting_since = updated_at WHERE email LIKE 'lead1%';
     INSERT INTO stops (key_id, campaign_id, reason, message, since, until, boot_id, until_steady)
     SELECT DISTINCT key_id, '', 'credit_limit', 'none left for lead1@example.com', settled_at, settled_at, 'x', 0
     FROM attempts LIMIT 1`,
  );
  await trial.status();
  expect(trial.hook.texts).toEqual([expect.stringContaining("Smartlead's credits are used up. Since")]);
  expect(trial.hook.texts[0]).not.toContain('@');
  await trial.summary(['retry', '--held']);
  await trial.status();
  expect(trial.hook.texts[1]).toContain('it is over');
});

test('leads given up are told of once', async () => {
  const trial = await startAlertTrial();
  await trial.summary(['ingest', 'leads.csv']);
  change(trial, "UPDATE leads SET status = 'HELD', hold_reason = 'gave_up' WHERE email LIKE 'lead1%'");
  await trial.status();
  await trial.status();
  expect(trial.hook.texts).toEqual([expect.stringContaining('11 leads given up after all attempts failed')]);
});

test('when nothing is wrong nothing is sent, and the database is only read', async () => {
  const trial = await startAlertTrial();
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  await trial.status();
  await trial.summary(['retry', '--held', '--reason', 'review']);
  await trial.status();
  expect(trial.hook).toMatchObject({ texts: [], refused: 0 });
  expect(trial.query('SELECT * FROM incidents')).toEqual([]);
});

test('without alerts in the rules file nobody is called', async () => {
  const trial = await startAlertTrial(rulesFor([['VP Sales', '123456']]));
  trial.smartlead.fault = '401';
  await trial.summary(['ingest', 'leads.csv']);
  await trial.status();
  expect(trial.hook.texts).toEqual([]);
  expect(trial.query('SELECT * FROM incidents')).toEqual([]);
});

test("the webhook's URL shows nowhere, nor does a lead's address go to it", async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '503';
  await trial.summary(['ingest', 'leads.csv']);
  trial.hook.answer = { status: 400, body: `no such hook ${trial.hook.url}` };
  const said = await trial.run(['status', '--verbose', '--json'], { env: { HOOK_URL: trial.hook.url, DEBUG: '*' } });
  expect(said.stderr).toContain('the answer was 400');
  trial.hook.answer = { status: 200 };
  await trial.status();
  expect(trial.hook.texts).toHaveLength(1);
  expect(trial.hook.texts.join()).not.toMatch(/@|trial-key/);
  const files = readdirSync(trial.dir).map((name) => join(trial.dir, name));
  const kept = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path).toString('latin1'));
  for (const text of [said.stdout, said.stderr, ...kept]) expect(text).not.toContain(WEBHOOK_SECRET);
});

test('drason serve tells, too, and what it has told drason status does not tell again', async () => {
  const trial = await startAlertTrial();
  trial.smartlead.fault = '401';
  await trial.summary(['ingest', 'leads.csv']);
  const serving = await startServe(trial, { env: { HOOK_URL: trial.hook.url } });
  expect(await until(() => trial.hook.texts.length > 0)).toBe(true);
  await trial.status();
  expect(await serving.stop()).toEqual({ code: 0, signal: null });
  expect(trial.hook.texts).toEqual([expect.stringContaining('Smartlead refused the key')]);
  expect(serving.stdout() + serving.stderr()).not.toContain(WEBHOOK_SECRET);
});
