import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN } from '../helpers/run-cli.js';
import { leadCsv, startTrial } from '../helpers/trial.js';

test.each([
  ['a file that is missing', ['ingest', 'missing.csv'], /missing\.csv/],
  ['an unknown flag', ['ingest', 'leads.csv', '--dryrun'], /--dryrun.*\n?.*--dry-run/],
  ['an unknown command', ['ingset', 'leads.csv'], /unknown command.*ingset.*\n?.*ingest/],
  ['a number that is none', ['ingest', 'leads.csv', '--limit', 'ten'], /--limit/],
  ['a time that is none', ['ingest', 'leads.csv', '--max-wait', '60'], /--max-wait/],
  ['a word that is not known', ['ingest', 'leads.csv', '--on-existing', 'replace'], /update or skip/],
  ['a share that is none', ['ingest', 'leads.csv', '--max-errors', 'some'], /--max-errors/],
  ['a reason that is not known', ['retry', '--held', '--reason', 'bored'], /--reason/],
  ['a score that is none', ['rules', 'test', '--score', '85%'], /--score/],
  ['a format that is not known', ['rules', 'list', '--format', 'xml'], /xml/],
  ['a rules file that is missing', ['ingest', 'leads.csv', '--rules', 'none.yaml'], /none\.yaml/],
])('%s ends with exit 2 and says so, and nothing is done', async (_what, args, says) => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  const result = await trial.run(args);
  expect(result.stderr).toMatch(says);
  expect(result.stderr).not.toMatch(/internal error|\.js:\d+/);
  expect(result.code).toBe(2);
  expect(result.stdout).toBe('');
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
  expect(trial.requests).toEqual([]);
});

test.each([
  ['an address that is none', { SMARTLEAD_BASE_URL: 'smartlead' }, /SMARTLEAD_BASE_URL/],
  ['a key with a blank inside', { SMARTLEAD_API_KEY: 'one two' }, /SMARTLEAD_API_KEY/],
  ['a key file that is not there', { SMARTLEAD_API_KEY: '', SMARTLEAD_API_KEY_FILE: 'none.txt' }, /_FILE/],
])('%s is found before anything is stored', async (_what, env, says) => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  const result = await trial.run(['ingest', 'leads.csv'], { env });
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(says);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test.each([
  ['an unknown key', 'rulez: []\nrules: []\n', /rules\.yaml:1:1: .*rulez.*rules/s],
  ['a wrong type', 'rules:\n  - { persona: CTO, min_score: high, target_campaign_id: "1" }\n', /rules\.yaml:2:32: /],
  ['a duplicate key', 'organization: a\norganization: b\nrules: []\n', /rules\.yaml:2:1: /],
  ['a secret', 'smartlead:\n  api_key: sk-live-99\nrules: []\n', /rules\.yaml:2:/],
])('a rules file with %s is refused at its place', async (_what, rules, says) => {
  const trial = await startTrial({ rules });
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  const result = await trial.run(['ingest', 'leads.csv']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(says);
  expect(result.stderr).not.toContain('sk-live-99');
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('a database that is something else is left as it is', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  writeFileSync(join(trial.dir, 'trial.db'), 'not a database, but notes\n'.repeat(20));
  const result = await trial.run(['ingest', 'leads.csv']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/trial\.db is damaged or not a SQLite database/);
  expect(trial.requests).toEqual([]);
});

test('drason alone and --help explain themselves, with exit 0', async () => {
  const trial = await startTrial();
  for (const args of [[], ['--help'], ['ingest', '--help'], ['rules', '--help'], ['rules', 'test', '--help']]) {
    const { code, stdout } = await trial.run(args);
    expect(code, args.join(' ')).toBe(0);
    expect(stdout).toMatch(/Usage: drason/);
  }
  expect((await trial.run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('a reader that has seen enough does not stop the work', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv(Array.from({ length: 3000 }, (_, n) => [`a${n}@example.com`, 'CTO', 1] as const)));
  for (const args of [
    'ingest leads.csv --dry-run',
    'ingest leads.csv --json',
    'rules test leads.csv --format ndjson',
  ]) {
    const command = `"$NODE" "$BIN" ${args} | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await shell(command, trial.dir, trial.sandbox.url);
    expect(stderr, args).not.toMatch(/EPIPE|internal error/);
    expect(stdout.trim(), args).toBe('0');
  }
  expect(trial.states()).toEqual({ 'HELD no_route': 3000 });
});

function shell(command: string, cwd: string, url: string): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], {
      cwd,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: cwd,
        NODE: process.execPath,
        BIN,
        SMARTLEAD_BASE_URL: url,
        SMARTLEAD_API_KEY: 'trial-key-5f2a',
        DRASON_DB: join(cwd, 'trial.db'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', () => resolve({ stdout, stderr }));
  });
}
