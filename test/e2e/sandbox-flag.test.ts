import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const env = { SMARTLEAD_API_KEY: '', DRASON_DB: '', SMARTLEAD_BASE_URL: 'http://127.0.0.1:9/api/v1' };

test('--sandbox tries everything without an account, in a database and an account of its own that last', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(3));
  const first = await trial.summary(['ingest', 'leads.csv', '--sandbox'], { env });
  expect(first).toMatchObject({ sandbox: true, exit_code: 0, outcomes: { active: 3 } });
  const second = await trial.run(['ingest', 'leads.csv', '--sandbox'], { env });
  expect(second.stdout).toMatch(/^Outcomes +already active 3$/m);
  expect(second.stdout).toMatch(/local stand-in/);
  expect(trial.requests).toEqual([]);
  const files = join(trial.dir, 'data', 'drason', 'sandbox');
  expect(existsSync(join(files, 'drason.db'))).toBe(true);
  expect(existsSync(join(trial.dir, 'data', 'drason', 'drason.db'))).toBe(false);
  const account = new BetterSqlite3(join(files, 'drason.db.account'), { readonly: true });
  try {
    expect(account.prepare('SELECT count(*) AS n, max(attachments) AS most FROM memberships').get()).toEqual({
      n: 3,
      most: 1,
    });
  } finally {
    account.close();
  }
});

test('a trial never touches real leads, nor the other way round', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  await trial.summary(['ingest', 'leads.csv']);
  const onLive = await trial.run(['ingest', 'leads.csv', '--sandbox', '--db', 'trial.db']);
  expect(onLive.code).toBe(2);
  expect(onLive.stderr).toMatch(/trial\.db holds real leads/);
  await trial.summary(['ingest', 'leads.csv', '--sandbox', '--db', 'try.db']);
  const onTrial = await trial.run(['ingest', 'leads.csv', '--db', 'try.db']);
  expect(onTrial.code).toBe(2);
  expect(onTrial.stderr).toMatch(/try\.db belongs to the sandbox/);
  const dry = await trial.run(['ingest', 'leads.csv', '--db', 'try.db', '--dry-run']);
  expect(dry.code).toBe(2);
  const retry = await trial.run(['retry', '--held', '--db', 'try.db']);
  expect(retry.code).toBe(2);
  expect(trial.pushes()).toHaveLength(1);
});

test('a dry run in the sandbox makes nothing', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1));
  await trial.summary(['ingest', 'leads.csv', '--sandbox', '--dry-run'], { env });
  expect(existsSync(join(trial.dir, 'data'))).toBe(false);
});

test('--sandbox --no-push, then retry --sandbox, as the last line says', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  const first = await trial.run(['ingest', 'leads.csv', '--sandbox', '--no-push'], { env });
  const next =
    first.stdout
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.replace(/^Next +drason /, '') ?? '';
  expect(next).toMatch(/--sandbox/);
  expect(await trial.summary(next.split(' '), { env })).toMatchObject({ sandbox: true, outcomes: { active: 1 } });
});
