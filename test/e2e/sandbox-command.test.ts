import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { askCli } from '../helpers/call-cli.js';

import { tempDir } from '../helpers/temp-dir.js';
import { startTrial } from '../helpers/trial.js';

const BASE = ['sandbox', '--port', '0', '--account', 'account', '--json'];

test('drason sandbox --campaign makes a campaign, and gives it a status where one is named', async () => {
  const dir = tempDir();
  const sandbox = (...campaigns: string[]) =>
    askCli([...BASE, ...campaigns.flatMap((campaign) => ['--campaign', campaign])], {
      cwd: dir,
      // it has said what it is; all it was told is done
      onStart: (child) => child.stdout?.once('data', () => child.kill('SIGTERM')),
    });
  await sandbox('1:STOPPED', '2', '3:PAUSED');
  await sandbox('1', '3:ACTIVE');
  const account = new SandboxAccount(join(dir, 'account'));
  try {
    const statuses = account.campaigns().map(({ id, status }) => `${id} ${status}`);
    expect(statuses).toEqual(expect.arrayContaining(['1 STOPPED', '2 ACTIVE', '3 ACTIVE']));
  } finally {
    account.close();
  }
});

test('a --campaign that is neither an id nor an id and a status is refused', async () => {
  const wrong = await askCli([...BASE, '--campaign', '1:2:3'], { cwd: tempDir() });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/--campaign: expected an id, or an id and a status such as 123:STOPPED/);
});

test('a base URL on this machine is told from Smartlead itself: plan, summary, status, why, doctor, reconcile', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', 'email,persona,lead_score\njo@acme.com,VP Sales,85\n');
  const dry = await trial.run(['ingest', 'leads.csv', '--dry-run']);
  expect(dry.stderr).toContain(`sandbox: this goes to a stand-in for Smartlead on this machine (${trial.sandbox.url})`);
  const run = await trial.run(['ingest', 'leads.csv']);
  expect(run.stderr).toContain('nothing goes to Smartlead itself');
  expect(run.stdout).toMatch(/^Sandbox +this was a local stand-in; nothing was sent to Smartlead itself$/m);
  expect(run.stdout).toMatch(/^Next +drason leads --run [0-9a-f-]{36} /m);
  expect((await trial.run(['status'])).stdout).toMatch(
    /^Status .*\nSandbox +this database was used with a local stand-in/,
  );
  expect(JSON.parse((await trial.run(['status', '--json'])).stdout)).toMatchObject({ sandbox: true });
  expect((await trial.run(['why', 'jo@acme.com'])).stdout).toContain('not of Smartlead itself');
  const { stdout } = await trial.run(['doctor']);
  expect(stdout).toContain(`not Smartlead itself: a stand-in on this machine (${trial.sandbox.url}) answers`);
  expect(stdout).toContain('from SMARTLEAD_API_KEY, accepted by the stand-in');
  expect((await trial.run(['reconcile'])).stdout).toContain('Smartlead itself was not asked');
});

test('Smartlead itself is not taken for a stand-in', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', 'email,persona,lead_score\njo@acme.com,VP Sales,85\n');
  const env = { SMARTLEAD_BASE_URL: '' };
  const dry = await trial.summary(['ingest', 'leads.csv', '--dry-run'], { env });
  expect(dry).toMatchObject({ sandbox: false });
  expect(dry.result.stderr).not.toContain('sandbox');
});
