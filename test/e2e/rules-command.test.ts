import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/run-cli.js';
import { leadCsv, startTrial } from '../helpers/trial.js';

const WRONG = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456" }
tests:
  - { name: strong ones go, lead: { persona: vp sales, lead_score: 85 }, expect: "123456" }
  - { name: weak ones stay, lead: { persona: VP Sales, lead_score: 81 }, expect: held }
  - { lead: { persona: CTO }, expect: "123456" }
`;

test("the example's own tests pass, without network, database or key", async () => {
  const trial = await startTrial();
  const result = await trial.run(['rules', 'test'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^✔ just below it → 123457$/m);
  expect(result.stdout).toMatch(/^9 of 9 tests of \S*rules\.yaml passed$/m);
  expect(trial.requests).toEqual([]);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('a wrong expectation ends with exit 3, and the test is named with its line and what was found', async () => {
  const trial = await startTrial({ rules: WRONG });
  const result = await trial.run(['rules', 'test']);
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/^✔ strong ones go → 123456$/m);
  expect(result.stdout).toMatch(/^✖ weak ones stay → 123456$/m);
  expect(result.stderr).toMatch(/rules\.yaml:5: test "weak ones stay" expected held, found 123456/);
  expect(result.stderr).toMatch(/rules\.yaml:6: test "persona CTO" expected 123456, found held/);
  const quiet = await trial.run(['rules', 'test', '--quiet']);
  expect(quiet).toMatchObject({ code: 3, stdout: '' });
  expect(quiet.stderr).toMatch(/weak ones stay/);
});

test.each(['json', 'ndjson', 'csv'])('rules test gives its results as %s', async (format) => {
  const trial = await startTrial({ rules: WRONG });
  const { stdout, code } = await trial.run(['rules', 'test', '--format', format]);
  expect(code).toBe(3);
  if (format === 'json') {
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      rows: [{ passed: true }, { passed: false, name: 'weak ones stay', found: '123456' }, { passed: false }],
    });
  } else if (format === 'ndjson') {
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).passed),
    ).toEqual([true, false, false]);
  } else expect(stdout.split('\n')[0]).toBe('passed,line,name,expected,found,why');
});

test('a lead file shows where each lead would go, and a bad row ends with exit 3', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    leadCsv([
      ['a@example.com', 'vp sales', 85],
      ['b@example.com', 'CTO', 99],
      ['x@mailinator.com', 'VP Sales', 85],
      ['c@example.com', 'VP Sales', '85%'],
    ]),
  );
  const { stdout, code } = await trial.run(['rules', 'test', 'leads.csv', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 1,
    rows: [
      { line: 2, email: 'a@example.com', destination: '123456', health: 'GREEN' },
      { line: 3, destination: 'held', why: expect.stringMatching(/no rule matches/) },
      { line: 4, destination: 'blocked', health: 'RED' },
      { line: 5, destination: 'rejected', why: expect.stringMatching(/85%/) },
    ],
  });
  const table = await trial.run(['rules', 'test', 'leads.csv']);
  expect(table.stdout).toMatch(/^Line +E-mail +Persona +Score +Health +Goes to +Why$/m);
  expect(trial.requests).toEqual([]);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('one lead is explained with its signals and why each earlier rule did not match', async () => {
  const trial = await startTrial();
  const args = ['rules', 'test', '--email', 'Sales@Example.com', '--persona', 'Marketing Manager', '--score', '75'];
  const { stdout, code } = await trial.run(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Health {2}YELLOW, 70 points$/m);
  expect(stdout).toMatch(/−30/);
  expect(stdout.match(/^ {2}✗ .*VP Sales/gm)).toHaveLength(2);
  expect(stdout).toMatch(/^ {2}✓ .*Marketing Manager/m);
  const blocked = await trial.run(['rules', 'test', '--email', 'x@mailinator.com', '--json']);
  expect(JSON.parse(blocked.stdout)).toMatchObject({
    destination: 'blocked',
    health_classification: 'RED',
    campaign: null,
  });
});

test('lint finds rules that can never match (exit 3), and list shows the order in which they are tried', async () => {
  const trial = await startTrial({
    rules: `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123457", priority: 1 }
  - { persona: "*", target_campaign_id: "123456", priority: 5 }
`,
  });
  const lint = await trial.run(['rules', 'lint']);
  expect(lint.code).toBe(3);
  expect(lint.stdout).toMatch(/^✖ unreachable: .*VP Sales/m);
  expect(JSON.parse((await trial.run(['rules', 'lint', '--json'])).stdout)).toMatchObject({
    schema: 1,
    rows: [{ kind: 'unreachable', line: 2 }],
  });
  const list = await trial.run(['rules', 'list', '--format', 'csv']);
  expect(
    list.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[3]),
  ).toEqual(['target_campaign_id', '123456', '123457']);
});

test('ties and gaps are said by lint, and end with exit 0', async () => {
  const trial = await startTrial({
    rules: `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123457" }
  - { persona: VP Sales, min_score: 70, target_campaign_id: "123456" }
`,
  });
  const lint = await trial.run(['rules', 'lint']);
  expect(lint.stdout).toMatch(/^⚠ tie: /m);
  expect(lint.stdout).toMatch(/^⚠ gap: /m);
  expect(lint.code).toBe(0);
});

test('rules are found by --rules, then DRASON_RULES, then in the folder', async () => {
  const trial = await startTrial({ rules: 'rules:\n  - { persona: "*", target_campaign_id: "1" }\n' });
  trial.write('two.yaml', 'rules:\n  - { persona: "*", target_campaign_id: "2" }\n');
  copyFileSync(join(ROOT, 'rules.example.yaml'), join(trial.dir, 'three.yaml'));
  const where = async (args: string[], env = {}) =>
    JSON.parse((await trial.run(['rules', 'test', '--persona', 'CTO', '--json', ...args], { env })).stdout).destination;
  expect(await where([])).toBe('1');
  expect(await where([], { DRASON_RULES: 'two.yaml' })).toBe('2');
  expect(await where(['--rules', 'three.yaml'], { DRASON_RULES: 'two.yaml' })).toBe('held');
});
