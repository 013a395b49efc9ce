import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SHELLS } from '../../src/cli/completion-scripts.js';
import { askCli } from '../helpers/call-cli.js';
import { BIN } from '../helpers/run-cli.js';
import { fileTempDir, tempDir } from '../helpers/temp-dir.js';

const home = fileTempDir();
const ask = (...args: string[]) => askCli(args, { cwd: home });

const RULES = `database: ./drason.db
rules:
  - { persona: VP Sales, target_campaign_id: "123456" }
  - { persona: [CTO, Head of IT], target_campaign_id: "123457" }
`;

/** A folder with rules, and two runs in its database. */
async function folder() {
  const dir = tempDir();
  const rules = join(dir, 'rules.yaml');
  writeFileSync(rules, RULES);
  writeFileSync(join(dir, 'my leads.csv'), 'email,persona\na@example.com,Nobody\n');
  const place = ['--rules', rules];
  await ask('ingest', join(dir, 'my leads.csv'), '--no-push', '-q', ...place);
  const { stdout } = await ask('runs', '--json', ...place);
  const runs: string[] = JSON.parse(stdout).rows.map(({ id }: { id: string }) => id);
  return { dir, place, runs };
}

const offered = async (...typed: string[]) => {
  const { stdout, stderr, code } = await ask('completion', 'words', '--', ...typed);
  expect({ stderr, code }, typed.join(' ')).toEqual({ stderr: '', code: 0 });
  return stdout.split('\n').slice(0, -1);
};
const valuesOf = async (...typed: string[]) => (await offered(...typed)).map((line) => line.split('\t')[0]);

describe('what may come next', () => {
  test.each([
    [['in'], ['ingest', 'init']],
    [['--sandbox', 'run'], ['runs']],
    [
      ['runs', ''],
      ['show', 'discard'],
    ],
    [['help', 'runs', 's'], ['show']],
    [['leads', '--sta'], ['--status']],
    [['leads', '--limit', '3', '--qu'], ['--quiet']],
    [['leads', '--quiet', '--qu'], []],
    [['leads', '-o', 'nd'], ['ndjson']],
    [['leads', '--format=nd'], ['--format=ndjson']],
    [['leads', '--format', '=', 'nd'], ['ndjson']],
    [
      ['leads', '--format', '='],
      ['table', 'json', 'ndjson', 'csv'],
    ],
    [['retry', '--reason', 'cr'], ['credit_limit']],
    [['leads', '--columns', 'email,statu'], ['email,status']],
    [['ingest', ''], [':files']],
    [['ingest', 'a.csv', 'b'], [':files']],
    [['ingest', '--rejects', 're'], [':files']],
    [['--rules', ''], [':files']],
    [['--rules=r'], [':files']],
    [['ingest', '--', '--dr'], [':files']],
    [['leads', '--limit', ''], []],
    [['why', ''], []],
    [['nonsense', ''], []],
    [['completion', 'power'], ['powershell']],
  ])('%j: %j', async (typed, values) => {
    expect(await valuesOf(...typed)).toEqual(values);
  });

  test('campaigns, personas, runs and organizations are those of the rules file and the database that are named', async () => {
    const { dir, place, runs } = await folder();
    expect(await offered(...place, 'leads', '--campaign', '')).toEqual(['123456\tVP Sales', '123457\tCTO, Head of IT']);
    expect(await valuesOf('leads', ...place, '--persona', '')).toEqual(['VP Sales', 'CTO', 'Head of IT']);
    expect(await valuesOf('leads', ...place, '--persona', '"V')).toEqual(['VP Sales']);
    expect(await valuesOf('runs', 'show', ...place, '')).toEqual(['last', ...runs]);
    expect((await offered('leads', ...place, '--run', runs[0] ?? ''))[0]).toMatch(/\t\d{4}-.* ingest .*my leads\.csv$/);
    expect(await valuesOf('leads', ...place, '--org', '')).toHaveLength(1);

    // Nothing can be read: nothing is offered, and nothing is said.
    const nowhere = ['--rules', join(dir, 'none.yaml'), '--db', join(dir, 'none.db')];
    for (const flag of ['--campaign', '--run', '--persona', '--org']) {
      expect(await offered('leads', ...nowhere, flag, ''), flag).toEqual([]);
    }
  });

  test('every shell has its script, with the command that keeps it', async () => {
    for (const [shell, { script }] of Object.entries(SHELLS)) {
      expect((await ask('completion', shell)).stdout).toBe(script);
      expect(script).toContain('drason completion words --');
    }
    expect(Object.keys(SHELLS)).toEqual(['bash', 'zsh', 'fish', 'powershell']);
  });
});

const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

/** Runs a script in a shell that finds drason. */
function inShell(shell: string, script: string, cwd: string): string[] {
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  symlinkSync(BIN, join(bin, 'drason'));
  const env = { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, HOME: cwd, LC_ALL: 'C.UTF-8' };
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { cwd, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').slice(0, -1);
}

test.skipIf(!has('bash'))('bash completes words, values with blanks, and values after an equal sign', async () => {
  const { dir } = await folder();
  const script = `
    eval "$(drason completion bash)"
    t() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _drason 2>/dev/null; (IFS='|'; echo "\${COMPREPLY[*]}"); }
    t drason run; t drason leads --persona V; t drason leads --persona '"V'; t drason leads --format = c; t drason ingest m`;
  expect(inShell('bash', script, dir)).toEqual(['runs', 'VP\\ Sales', 'VP Sales', 'csv', '']);
});

test.skipIf(!has('fish'))('fish completes words, values and files', async () => {
  const { dir } = await folder();
  const script = `
    drason completion fish | source
    for line in "drason run" "drason leads --persona V" "drason leads --format=c" "drason ingest my"
      complete -C $line
    end`;
  const values = inShell('fish', script, dir).map((line) => line.split('\t')[0]);
  expect(values).toEqual(['runs', 'VP Sales', '--format=csv', 'my leads.csv']);
});
