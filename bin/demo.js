// npm run demo: the main job end to end, on a fresh database and account that are gone afterwards.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'drason-demo-'));
const common = ['--sandbox', '--rules', 'rules.example.yaml', '--db', join(folder, 'demo.db')];

/** Shows a command as a user would type it, runs it, and returns its exit code. */
function run(title, args) {
  const shown = args.filter((arg) => !common.slice(1).includes(arg)).join(' ');
  process.stdout.write(`\n# ${title}\n$ drason ${shown}\n`);
  const result = spawnSync(process.execPath, [join(root, 'bin', 'drason.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  return result.status;
}

let failed = false;
try {
  const file = 'fixtures/demo/leads.csv';
  const codes = [
    run('Do the rules do what they should?', ['rules', 'test', '--rules', 'rules.example.yaml']),
    run('252 leads from an export: gate, route, push to a local stand-in for Smartlead', ['ingest', file, ...common]),
    run('Why is this one not in its campaign?', ['why', 'leila.petrov+unsubscribed@greenforge.example.com', ...common]),
    run('The same file again: nothing is pushed twice', ['ingest', file, ...common]),
  ];
  // Exit code 3: the file has bad rows and Smartlead refuses two leads, which is what a real file is like.
  failed = codes.join() !== '0,3,0,3';
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(
  failed
    ? '\nThe demo did not go as it should.\n'
    : '\nDone: 233 of 252 leads are in their campaigns, and each of the others has its reason.\nYour own leads: drason init, then drason ingest leads.csv --sandbox (README.md, "Your first leads").\n',
);
process.exitCode = failed ? 1 : 0;
