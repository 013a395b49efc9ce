import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'rolldown';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { tempDir } from './helper.js';

const ROOT = join(import.meta.dirname, '../..');

// What each process does to the account: attaches the same leads, and asks until it is refused.
const WORKER = `
import { SandboxAccount } from '${join(import.meta.dirname, '../../src/sandbox/account.ts')}';
const account = new SandboxAccount(process.argv[2]);
account.ensureCampaigns(['1']);
for (let i = 0; i < 200; i++) {
  account.immediate(() => {
    const email = 'lead' + i + '@x.com';
    const member = account.membership('1', email);
    const id = account.saveLead({ email });
    if (member) account.countPush('1', id);
    else if (account.takeCredit()) account.attach('1', id);
  });
}
let passed = 0;
while (account.takeRequest('k', { requests: 50, windowMs: 60000 }).allowed) passed++;
account.close();
process.stdout.write(String(passed));
`;

/** The account's modules in one file, for processes that know no TypeScript. */
async function compile(dir: string): Promise<string> {
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  const source = join(dir, 'worker.source.js');
  writeFileSync(source, WORKER);
  const file = join(dir, 'worker.mjs');
  await build({ input: source, platform: 'node', external: ['better-sqlite3'], output: { file }, logLevel: 'warn' });
  return file;
}

it('four processes that open a new account file at once see one account and one rate limit', async () => {
  const dir = tempDir();
  const worker = await compile(dir);
  const file = join(dir, 'account.db');
  const run = promisify(execFile);
  const outputs = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [worker, file])));
  const passed = outputs.map(({ stdout }) => z.coerce.number().parse(stdout));
  expect(passed.reduce((sum, count) => sum + count)).toBe(50);

  const account = new SandboxAccount(file);
  const memberships = account.memberships();
  account.close();
  expect(memberships).toHaveLength(200);
  expect(memberships.every((place) => place.attachments === 1 && place.pushes === 4)).toBe(true);
});
