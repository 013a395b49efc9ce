import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadRulesFile, pickOrganization } from '../../src/config/load.js';
import { atTerminal, type Exchange, HAS_TERMINAL } from '../helpers/at-terminal.js';
import { askCli } from '../helpers/call-cli.js';
import { ROOT } from '../helpers/run-cli.js';
import { tempDir } from '../helpers/temp-dir.js';
import { leadCsv } from '../helpers/trial.js';
import { workbook } from '../intake/workbook.js';

/** An empty folder of this name. */
function folder(name: string): string {
  const dir = join(tempDir(), name);
  mkdirSync(dir);
  return dir;
}

test('without a terminal nothing is asked, and the file is the example but for name and database; its tests pass', async () => {
  const cwd = folder('Acme Größen & Co.');
  const { code, stdout, stderr } = await askCli(['init'], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const example = readFileSync(join(ROOT, 'rules.example.yaml'), 'utf8');
  expect(readFileSync(join(cwd, 'rules.yaml'), 'utf8')).toBe(
    example
      .replace('organization: default', 'organization: "Acme-Gro-en-Co."')
      .replace('#database: ./drason.db', 'database: ./drason.db'),
  );
  expect(stdout).toMatch(/^Wrote .*rules\.yaml: 3 rules, 9 tests\.$/m);
  for (const next of [
    'export SMARTLEAD_API_KEY=',
    'drason rules test ',
    'drason ingest leads.csv --sandbox ',
    'drason doctor ',
  ])
    expect(stdout).toContain(`  ${next}`);
  expect((await askCli(['rules', 'test'], { cwd })).code).toBe(0);
});

test('the next steps lead to a first push in the sandbox', async () => {
  const cwd = tempDir();
  await askCli(['init'], { cwd });
  writeFileSync(join(cwd, 'leads.csv'), leadCsv([['jo@example.com', 'VP Sales', 85]]));
  const { code, stdout } = await askCli(['ingest', 'leads.csv', '--sandbox', '--json'], { cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcomes: { active: 1 }, campaigns: { 123456: { active: 1 } } });
});

test.each([['init'], ['init', '--yes'], ['init', '--json'], ['init', 'rules.yaml'], ['init', '--rules', 'rules.yaml']])(
  '%s %s %s never writes over a file: exit 2, and the file is named',
  async (...args) => {
    const cwd = tempDir();
    writeFileSync(join(cwd, 'rules.yaml'), 'mine\n');
    const { code, stderr } = await askCli(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(join(cwd, 'rules.yaml'));
    expect(readFileSync(join(cwd, 'rules.yaml'), 'utf8')).toBe('mine\n');
  },
);

test.each([
  [['init', 'clients/acme.yaml'], {}, 'clients/acme.yaml', ' --rules clients/acme.yaml', 'clients', 'clients/acme.db'],
  [['init', '--rules', 'my rules.yaml'], {}, 'my rules.yaml', " --rules 'my rules.yaml'", 'globex', 'my rules.db'],
  [['init'], { DRASON_RULES: 'env.yaml' }, 'env.yaml', '', 'globex', 'env.db'],
] as const)(
  '%j writes where it was asked to, and the next steps name it',
  async (args, env, file, flag, organization, database) => {
    const cwd = folder('globex');
    mkdirSync(join(cwd, 'clients'));
    const { code, stdout } = await askCli([...args, '--json'], { cwd, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      schema: 1,
      path: join(cwd, file),
      organization,
      database: join(cwd, database),
      rules: 3,
      tests: 9,
      notes: [],
      next: [`drason rules test${flag}`, `drason ingest leads.csv --sandbox${flag}`, `drason doctor${flag}`],
    });
    expect(pickOrganization(loadRulesFile(join(cwd, file))).rules).toHaveLength(3);
  },
);

const sheetRow = (line: string) =>
  `<row>${line
    .split(',')
    .map((cell) => `<c t="inlineStr"><is><t>${cell}</t></is></c>`)
    .join('')}</row>`;

describe('--from', () => {
  const people = (persona: string, scores: ReadonlyArray<number | string>) =>
    scores.map((score, n) => [`${persona.replace(/\W/g, '')}${n}@example.com`, persona, score] as const);
  const leads = [
    ...people('VP Sales', [90, 86, 84, 40]),
    ...people('vp sales', ['']),
    ...people('Head of Sales', [70, 50, 61]),
    ...people('', [99]),
  ];
  const objects = leads.map(([email, title, score]) => ({ email, persona: title, lead_score: score }));

  test.each([
    ['leads.csv', leadCsv(leads)],
    ['leads.json', JSON.stringify(objects)],
    ['leads.ndjson', objects.map((one) => JSON.stringify(one)).join('\n')],
    ['leads.csv.gz', gzipSync(leadCsv(leads))],
    ['leads.xlsx', workbook({ Leads: leadCsv(leads).trim().split('\n').map(sheetRow).join('') }, [])],
  ])('%s: a rule for each persona, from the score that half of its leads reach', async (name, bytes) => {
    const cwd = folder('acme');
    writeFileSync(join(cwd, name), bytes);
    const { code, stdout, stderr } = await askCli(['init', '--from', name], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 lead without a persona');
    const { rules } = pickOrganization(loadRulesFile(join(cwd, 'rules.yaml')));
    expect(rules.map((rule) => [rule.persona, rule.min_score, rule.target_campaign_id])).toEqual([
      ['VP Sales', 85, '123456'],
      ['Head of Sales', 60, '123457'],
    ]);
    const text = readFileSync(join(cwd, 'rules.yaml'), 'utf8');
    expect(text).toMatch(/"VP Sales".* # 5 leads, scores 40 to 90$/m);
    expect((await askCli(['rules', 'test'], { cwd })).code).toBe(0);
    expect((await askCli(['rules', 'test', name], { cwd })).code).toBe(0);
  });

  test('a file that cannot be read is a usage error, and no rules file is written', async () => {
    const cwd = tempDir();
    expect((await askCli(['init', '--from', 'none.csv'], { cwd })).code).toBe(2);
    expect(existsSync(join(cwd, 'rules.yaml'))).toBe(false);
  });

  test.runIf(HAS_TERMINAL)('on a terminal only the campaigns are asked for', async () => {
    const cwd = folder('acme');
    writeFileSync(join(cwd, 'leads.csv'), leadCsv(leads));
    const { code, shown } = await atTerminal(['init', '--from', 'leads.csv'], { cwd }, [
      ['organization', '\r'],
      ['VP Sales from 85', '71\r'],
      ['Head of Sales from 60', '72\r'],
      ['beside the rules file', '\r'],
    ]);
    expect(code, shown).toBe(0);
    const { rules } = pickOrganization(loadRulesFile(join(cwd, 'rules.yaml')));
    expect(rules.map((rule) => rule.target_campaign_id)).toEqual(['71', '72']);
  });
});

test('a place that does not exist, or two at once, is a usage error that creates nothing', async () => {
  const cwd = tempDir();
  const missing = await askCli(['init', 'no/rules.yaml'], { cwd });
  expect(missing.code).toBe(2);
  expect(missing.stderr).toMatch(/the directory of the rules file .*no\/rules\.yaml does not exist/);
  expect((await askCli(['init', 'a.yaml', '--rules', 'b.yaml'], { cwd })).code).toBe(2);
  expect(['no', 'a.yaml', 'b.yaml'].filter((name) => existsSync(join(cwd, name)))).toEqual([]);
});

describe.runIf(HAS_TERMINAL)('on a terminal', () => {
  const RULE = ['Persona', 'lowest score', 'campaign id'];
  const enter = (questions: readonly string[]) => questions.map((seen): Exchange => [seen, '\r']);

  test('Enter to every question takes the defaults, and the tests of the file pass', async () => {
    const cwd = folder('acme');
    const asked = ['Name of the organization', ...RULE, 'Another rule', 'beside the rules file'];
    const { code, shown } = await atTerminal(['init'], { cwd }, enter(asked));
    expect(code, shown).toBe(0);
    const config = pickOrganization(loadRulesFile(join(cwd, 'rules.yaml')));
    expect(config.organization).toBe('acme');
    expect(loadRulesFile(join(cwd, 'rules.yaml')).database).toBe(join(cwd, 'drason.db'));
    expect(config.rules).toMatchObject([{ persona: 'VP Sales', min_score: 80, target_campaign_id: '123456' }]);
    expect((await askCli(['rules', 'test'], { cwd })).code).toBe(0);
  });

  test('several rules, the database beside the file, and answers that cannot be used are asked for again', async () => {
    const cwd = tempDir();
    const { code, shown } = await atTerminal(['init'], { cwd }, [
      ['organization', 'two words\r'],
      ['letters, digits', 'acme\r'],
      ['Persona', 'CTO: "the" #1, VP Sales;Head of Sales, vp sales\r'],
      ['lowest score', 'eighty\r'],
      ['a number', '60\r'],
      ['campaign id', 'c1\r'],
      ['Another rule', 'y\r'],
      ['Persona', '*\r'],
      ['lowest score', '\r'],
      ['campaign id', '77\r'],
      ['Another rule', 'perhaps\r'],
      ['y or n', 'y\r'],
      ['Persona', 'cto: "the" #1\r'],
      ['lowest score', '60\r'],
      ['there is a rule', '90.5\r'],
      ['campaign id', '78\r'],
      ['Another rule', 'n\r'],
      ['beside the rules file', 'y\r'],
    ]);
    expect(code, shown).toBe(0);
    const file = loadRulesFile(join(cwd, 'rules.yaml'));
    expect(file.database).toBe(join(cwd, 'drason.db'));
    const config = pickOrganization(file, 'acme');
    expect(config.rules.map((rule) => [rule.persona, rule.min_score, rule.target_campaign_id])).toEqual([
      ['cto: "the" #1', 90.5, '78'],
      [['CTO: "the" #1', 'VP Sales', 'Head of Sales'], 60, 'c1'],
      ['*', 0, '77'],
    ]);
    const checked = await askCli(['rules', 'test'], { cwd });
    expect(checked.stdout).toMatch(/10 of 10 tests/);
    expect((await askCli(['rules', 'lint'], { cwd })).stdout).not.toMatch(/unreachable|tie|list/);
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s at a question ends with exit 130 and writes nothing', async (_key, typed) => {
    const cwd = tempDir();
    const { code, shown } = await atTerminal(['init'], { cwd }, [
      ['organization', 'acme\r'],
      ['Persona', typed],
    ]);
    expect(code, shown).toBe(130);
    expect(shown).toMatch(/interrupted; nothing was written/);
    expect(existsSync(join(cwd, 'rules.yaml'))).toBe(false);
  });

  test.each(['--yes', '--json', '--quiet'])('%s asks nothing there either', async (flag) => {
    const cwd = tempDir();
    const { code, shown } = await atTerminal(['init', flag], { cwd });
    expect(code, shown).toBe(0);
    expect(shown).not.toContain('Name of the organization');
    expect(existsSync(join(cwd, 'rules.yaml'))).toBe(true);
  });
});
