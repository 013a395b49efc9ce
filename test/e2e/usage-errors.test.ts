import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN } from '../helpers/run-cli.js';
import { leadCsv, startTrial } from '../helpers/trial.js';

test.each([
  ['a file that is missing', ['ingest', 'missing.csv'], /missing\.csv does not exist\n/],
  ['a file that is spelt otherwise', ['ingest', 'leads.cvs'], /leads\.cvs does not exist; did you mean "leads\.csv"\?/],
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
  [['ingets'], 'unknown command "ingets"; did you mean "ingest"?', 'Run: drason --help'],
  [['ingets', 'leads.csv', '--dry-run'], 'unknown command "ingets"; did you mean "ingest"?', 'Run: drason --help'],
  [['ingets', '--help'], 'unknown command "ingets"; did you mean "ingest"?', 'Run: drason --help'],
  [['help', 'ingets'], 'unknown command "ingets"; did you mean "ingest"?', 'Run: drason --help'],
  [['rules', 'tets'], 'unknown command "tets"; did you mean "test"?', 'Run: drason rules --help'],
  [['retry', '--hedl'], "unknown option '--hedl'; did you mean --held?", 'Run: drason retry --help'],
  [['ingest', 'x.csv', '--dryrun'], "unknown option '--dryrun'; did you mean --dry-run?", 'Run: drason ingest --help'],
  [['rules', 'test', '--quite'], "unknown option '--quite'; did you mean --quiet?", 'Run: drason rules test --help'],
  [['retry', '--held', 'now'], 'retry takes no arguments; "now" is too much', 'Run: drason retry --help'],
  [['rules', 'test', 'a', 'b'], 'test takes 1 argument; "b" is too much', 'Run: drason rules test --help'],
  [['ingest', 'x.csv', '--limit'], "option '--limit <n>' argument missing", 'Run: drason ingest --help'],
  [
    ['ingest', 'x.csv', '--rejects', '--dry-run'],
    '--rejects needs a value, and --dry-run is a flag',
    'Run: drason ingest --help',
  ],
  [
    ['ingest', 'x.csv', '--rules', '--quiet'],
    '--rules needs a value, and --quiet is a flag',
    'Run: drason ingest --help',
  ],
  [['retry', '--held', '--reason', 'unknwon'], '--reason: "unknwon" is not known; did you mean "unknown"?', undefined],
  [
    ['ingest', 'x.csv', '--on-existing', 'upadte'],
    '--on-existing: "upadte" is not known; did you mean "update"?',
    undefined,
  ],
  [['rules', 'list', '--format', 'jsno'], '--format: "jsno" is not known; did you mean "json"?', undefined],
  [
    ['ingest', 'leads.csv', '--encoding', 'uft-8'],
    '--encoding: "uft-8" is not known; did you mean "utf-8"?',
    undefined,
  ],
] as const)(
  '%j is answered in one line with what was meant and the next step, as JSON too',
  async (args, message, next) => {
    const trial = await startTrial();
    trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
    const said = await trial.run(args);
    expect(said).toMatchObject({ code: 2, stdout: '' });
    const [first, second, ...more] = said.stderr.trimEnd().split('\n');
    expect(first).toBe(`drason: ${message}`);
    expect(second).toEqual(next ?? expect.stringMatching(/\w/));
    expect(more).toEqual([]);
    const { stdout, code } = await trial.run([...args, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ schema: 1, error: { message, next: second }, exit_code: 2 });
    expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
    expect(trial.requests).toEqual([]);
  },
);

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
  for (const [args, usage] of [
    [[], 'drason COMMAND'],
    [['--help'], 'drason COMMAND'],
    [['help'], 'drason COMMAND'],
    [['ingest', '--help'], 'drason ingest '],
    [['help', 'ingest'], 'drason ingest '],
    [['rules', '--help'], 'drason rules '],
    [['rules', 'help', 'test'], 'drason rules test '],
    [['help', 'rules', 'test'], 'drason rules test '],
  ] as const) {
    const { code, stdout } = await trial.run(args);
    expect(code, args.join(' ')).toBe(0);
    expect(stdout, args.join(' ')).toContain(`Usage: ${usage}`);
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
