import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pathOf } from '../../src/cli/command-line.js';
import { givesFlag, knownElsewhere, usualForm } from '../../src/cli/habits.js';
import { COMMANDS } from '../../src/program.js';
import { version } from '../../src/version.js';
import { askCli } from '../helpers/call-cli.js';
import { wholeProgram, withSubcommands } from '../helpers/cli-reference.js';
import { fileTempDir, tempDir } from '../helpers/temp-dir.js';

const home = fileTempDir();
const ask = (...args: string[]) => askCli(args, { cwd: home });

const program = await wholeProgram();

test('a flag has the same letter in every command that takes it, and no letter means two flags', () => {
  const letters = new Map<string, Set<string | undefined>>();
  for (const { options } of withSubcommands(program)) {
    for (const { long, short } of options) {
      if (long) letters.set(long, new Set([...(letters.get(long) ?? []), short]));
    }
  }
  const flags = ['--format', '--yes', '--dry-run', '--quiet', '--verbose', '--version'];
  expect(flags.map((long) => [...(letters.get(long) ?? [])])).toEqual([['-o'], ['-y'], ['-n'], ['-q'], ['-v'], ['-V']]);
  const used = [...letters.values()].flatMap((shorts) => [...shorts]).filter((short) => short !== undefined);
  expect(used.toSorted()).toEqual([...new Set(used)].toSorted());
});

test.each([
  ['version', '--version'],
  ['-V', '-V'],
  ['help rules test', 'rules test --help'],
  ['--help rules test', 'rules test --help'],
  ['-h leads --since 2d', 'leads --since 2d --help'],
  ['leads --help', 'leads --help'],
  ['ingest -nqv x.csv', 'ingest -n -q -v x.csv'],
  ['leads -qo csv', 'leads -q -o csv'],
  ['leads -qocsv', 'leads -q -ocsv'],
  ['leads --persona -x', 'leads --persona -x'],
  ['ingest -- --help -nq', 'ingest -- --help -nq'],
])('drason %s is drason %s', (typed, meant) => {
  expect(usualForm(typed.split(' ')).join(' ')).toBe(meant);
});

test('quiet is found wherever it stands, and not in a value or behind --', () => {
  for (const typed of ['leads --quiet', 'leads -q', 'ingest -nq x.csv', 'leads -qo csv']) {
    expect(givesFlag(typed.split(' '), '--quiet', '-q'), typed).toBe(true);
  }
  for (const typed of ['leads -o quiet', 'leads -oq', 'ingest -- -q', 'why q']) {
    expect(givesFlag(typed.split(' '), '--quiet', '-q'), typed).toBe(false);
  }
});

describe('what is said at once', () => {
  test('the version, by each of its names', async () => {
    for (const typed of ['version', '-V', '--version']) {
      expect(await ask(typed), typed).toMatchObject({ code: 0, stdout: `${version()}\n`, stderr: '' });
    }
  });

  test.each(['rules', 'keys', 'suppress'])('drason %s lists its commands, each with what it does', async (name) => {
    const { code, stdout, stderr } = await ask(name);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const commands = program.commands.find((one) => one.name() === name)?.commands ?? [];
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const line = stderr.split('\n').find((text) => text.trim().startsWith(`${pathOf(command)} `));
      expect(line, pathOf(command)).toContain(command.summary());
      expect(line?.length, line).toBeLessThanOrEqual(80);
    }
    const { error } = JSON.parse((await ask(name, '--json')).stdout);
    expect(error.next.split('\n')).toHaveLength(commands.length + 1);
  });

  test.each([
    ['import', 'ingest'],
    ['push', 'ingest'],
    ['list', 'leads'],
    ['IMPORT', 'ingest'],
    ['keys delete', 'revoke'],
    ['suppress delete', 'remove'],
    ['rules check', 'lint'],
    ['keys list2', 'list'],
  ])('drason %s names %s', async (typed, meant) => {
    const { code, stderr } = await ask(...typed.split(' '));
    expect(code).toBe(2);
    expect(stderr).toContain(`; did you mean "${meant}"?`);
  });

  test('every word of other tools leads to a command, and none hides one of ours', () => {
    const names = COMMANDS.map(({ name }) => name);
    for (const name of names) expect(knownElsewhere(name, names), name).toBeUndefined();
  });
});

describe('--format', () => {
  function rulesFile(): string {
    const file = join(tempDir(), 'rules.yaml');
    writeFileSync(file, 'rules:\n  - { persona: CTO, target_campaign_id: "123456" }\n');
    return file;
  }

  test.each(['CSV', ' csv ', 'Csv'])('takes "%s"', async (format) => {
    const { code, stdout } = await ask('rules', 'list', '--rules', rulesFile(), '-o', format);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toContain(',');
  });

  test('beats --json wherever it is given, and is refused where it would be ignored', async () => {
    const rules = ['--rules', rulesFile()];
    const both = await ask('--json', 'rules', 'list', ...rules, '--format', 'ndjson');
    expect(
      both.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(1);
    for (const typed of [
      'ingest x.csv --format json',
      'retry --held -o csv',
      'runs --limit 3 show last',
      'audit -o xml',
    ]) {
      const { code, stdout, stderr } = await ask(...typed.split(' '), ...rules);
      expect({ code, stdout }, typed).toEqual({ code: 2, stdout: '' });
      expect(stderr, typed).toMatch(/--format|--limit/);
    }
  });
});
