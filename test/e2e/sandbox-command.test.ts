import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { runCli } from '../helpers/run-cli.js';
import { tempDir } from '../helpers/temp-dir.js';

const BASE = ['sandbox', '--port', '0', '--account', 'account', '--json'];

test('drason sandbox --campaign makes a campaign, and gives it a status where one is named', async () => {
  const dir = tempDir();
  const sandbox = (...campaigns: string[]) =>
    runCli([...BASE, ...campaigns.flatMap((campaign) => ['--campaign', campaign])], {
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
  const wrong = await runCli([...BASE, '--campaign', '1:2:3'], { cwd: tempDir() });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/--campaign: expected an id, or an id and a status such as 123:STOPPED/);
});
