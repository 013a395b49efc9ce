import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { SandboxAccount } from '../../src/sandbox/account.js';
import { tempDir } from './helper.js';

const ROOT = join(import.meta.dirname, '../..');
const FILES = ['address', 'sqlite', 'clock', 'lead', 'sandbox/account', 'sandbox/account-file', 'sandbox/statements'];

// What each process does to the account: attaches the same leads, and asks until it is refused.
const WORKER = `
import { SandboxAccount } from './sandbox/account.js';
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

/** The account's modules as JavaScript, for processes that know no TypeScript. */
function compile(dir: string): string {
  mkdirSync(join(dir, 'sandbox'));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  for (const file of FILES) {
    const source = readFileSync(join(ROOT, 'src', `${file}.ts`), 'utf8');
    writeFileSync(join(dir, `${file}.js`), ts.transpileModule(source, { compilerOptions }).outputText);
  }
  writeFileSync(join(dir, 'worker.js'), WORKER);
  return join(dir, 'worker.js');
}

it('four processes that open a new account file at once see one account and one rate limit', async () => {
  const dir = tempDir();
  const worker = compile(dir);
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
