import { expect, test } from 'vitest';
import { HAS_PTY, startAtPty } from '../helpers/pty.js';
import { leadCsv, rulesFor, startTrial } from '../helpers/trial.js';

const RULES = `rules:
  - { persona: VP Sales, min_score: 80, target_campaign_id: "123456" }
  - { persona: CTO, min_score: 50, target_campaign_id: "123457" }
`;
const LEADS = leadCsv([
  ['ok@example.com', 'VP Sales', 85],
  ['low@example.com', 'VP Sales', 55],
  ['lower@example.com', 'vp sales', 5],
  ['near@example.com', 'VP of Sales', 99],
  ['none@example.com', 'Intern', 99],
]);
const NO_RULE = {
  leads: 4,
  personas: 3,
  top: [
    {
      persona: 'VP Sales',
      leads: 2,
      highest_score: 55,
      nearest_rule: 1,
      why: 'rule 1 (VP Sales) wants a score of 80; the highest is 55',
    },
    { persona: 'VP of Sales', leads: 1, nearest_rule: 1, why: 'nearest: rule 1 (VP Sales)' },
    { persona: 'Intern', leads: 1, nearest_rule: null, why: 'no rule is for that persona' },
  ],
};
const LINE = /2 (?:VP Sales|vp sales): rule 1 \(VP Sales\) wants a score of 80; the highest is 55/;

test('rules test, dry runs, summaries, status and leads count what no rule matches by persona, with what was missing', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('leads.csv', LEADS);
  const tested = JSON.parse((await trial.run(['rules', 'test', 'leads.csv', '--json'])).stdout);
  expect(tested.totals).toEqual({ rows: 5, campaigns: { 123456: 1 }, held: { no_route: 4 }, blocked: 0, rejected: 0 });
  expect(tested.no_rule).toMatchObject(NO_RULE);
  expect(tested.rows[1].why).toBe('no rule matches; nearest: rule 1 (VP Sales) wants a score of 80, has 55');
  expect((await trial.summary(['ingest', 'leads.csv', '-n'])).no_rule).toMatchObject(NO_RULE);

  const human = await trial.run(['rules', 'test', 'leads.csv']);
  expect(human.stdout).toMatch(/^Totals +5 rows: campaign 123456 1 · held no_route 4$/m);
  expect(human.stdout).toMatch(LINE);
  const ingested = await trial.run(['ingest', 'leads.csv']);
  expect(ingested.stdout).toMatch(LINE);
  expect(ingested.stdout.trimEnd().split('\n').at(-1)).toMatch(/^Next +drason /);

  const status = await trial.run(['status', '--json']);
  expect(JSON.parse(status.stdout).no_rule).toMatchObject({ leads: 4, personas: 3 });
  expect((await trial.run(['status'])).stdout).toMatch(LINE);
  expect((await trial.run(['leads'])).stderr).toMatch(LINE);
  const listed = await trial.run(['leads', '--format', 'csv', '--columns', 'email,nearest_rule']);
  expect(listed.stdout).toContain('low@example.com,"nearest: rule 1 (VP Sales) wants a score of 80, has 55"');
  expect(listed.stdout).toMatch(/^ok@example\.com,$/m);
});

test('a file without a score column says so', async () => {
  const trial = await startTrial({ rules: RULES });
  trial.write('leads.csv', 'email,persona\na@example.com,VP Sales\nb@example.com,VP Sales\n');
  const { stdout } = await trial.run(['ingest', 'leads.csv', '-n']);
  expect(stdout).toMatch(
    /^2 {2}a@example\.com .*rule 1 \(VP Sales\) wants a score of 80, the file has no score column\)$/m,
  );
  expect(stdout).toMatch(
    /^No rule +2 VP Sales: rule 1 \(VP Sales\) wants a score of 80; the file has no score column$/m,
  );
});

test('a dry run of a large file prints a sample of each destination and the totals', async () => {
  const trial = await startTrial({ rules: RULES });
  const rows = Array.from({ length: 3000 }, (_, n) => [`n${n}@example.com`, n < 2900 ? 'CTO' : 'Intern', 60] as const);
  trial.write('leads.csv', leadCsv(rows));
  const { stdout, stderr } = await trial.run(['ingest', 'leads.csv', '--dry-run']);
  const decisions = stdout.split('\n').filter((line) => /^\d+ {2}n\d+@/.test(line));
  expect(decisions).toHaveLength(23);
  expect(decisions.filter((line) => line.includes('→ held'))).toHaveLength(3);
  expect(stderr).toContain('… 23 of 3,000 decisions are shown; --report FILE writes them all');
  expect(stdout).toMatch(/^Campaigns +123457 {2}held 2,900$/m);
  expect(stdout).toMatch(/^No rule +100 Intern: /m);
});

test('a retry says what stays held, and how each is lifted', async () => {
  const trial = await startTrial({ rules: RULES, campaigns: ['123456'] });
  trial.write('leads.csv', `${LEADS}it@example.com,I,T,C,CTO,60\n`);
  trial.write('look.csv', leadCsv([['look@example.com', 'VP Sales', 90]]));
  await trial.summary(['ingest', 'leads.csv']);
  await trial.summary(['ingest', 'look.csv', '--no-push']);
  const retried = await trial.summary(['retry', '--held']);
  expect(retried.stays_held).toEqual({
    no_route: { leads: 4, lift: 'change the rules, then: drason retry --held' },
    review: { leads: 1, lift: expect.stringContaining('drason retry --held --reason review') },
    campaign_not_found: { leads: 1, lift: expect.stringContaining('target_campaign_id') },
  });
  const { stdout } = await trial.run(['retry', '--held']);
  expect(stdout).toMatch(/^Stays held no_route 4: change the rules, then: drason retry --held$/m);
  expect(stdout).toMatch(/^ +review 1: look at them/m);
  expect((await trial.summary(['ingest', 'look.csv'])).stays_held).toEqual({});
});

test.skipIf(!HAS_PTY)('on 80 columns leads, rules test and summaries keep within the screen', async () => {
  const trial = await startTrial({ rules: rulesFor([['VP Sales', '123456']]) });
  trial.write('leads.csv', LEADS);
  await trial.run(['ingest', 'leads.csv', '--no-push']);
  const env = { DRASON_DB: `${trial.dir}/trial.db`, SMARTLEAD_API_KEY: 'k', SMARTLEAD_BASE_URL: trial.sandbox.url };
  for (const args of [['leads'], ['rules', 'test', 'leads.csv'], ['ingest', 'leads.csv', '-n']]) {
    const terminal = startAtPty(args, { cwd: trial.dir, env: { ...env, NO_COLOR: '1' }, columns: 80 });
    await terminal.ended;
    const lines = terminal
      .shown()
      .replace(/\r/g, '')
      .split('\n')
      .filter((line) => !line.includes(trial.dir));
    expect(
      lines.filter((line) => line.length > 80),
      args.join(' '),
    ).toEqual([]);
    expect(
      lines.some((line) => line.includes('low@example.com')),
      args.join(' '),
    ).toBe(true);
  }
});
