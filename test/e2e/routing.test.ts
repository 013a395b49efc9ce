import { expect, test } from 'vitest';
import { leadCsv, startTrial } from '../helpers/trial.js';

const TABLE: ReadonlyArray<readonly [persona: string, score: number, destination: string]> = [
  ['vp sales', 85, '123456'],
  ['VP SALES', 80, '123456'],
  ['VP Sales', 79, '123457'],
  ['VP Sales', 60, '123457'],
  ['VP Sales', 59, 'held'],
  ['Marketing Manager', 75, '123458'],
  ['Marketing Manager', 69, 'held'],
  ['CTO', 99, 'held'],
];

test.each(TABLE)('rules test sends %s with %d to %s, and says why', async (persona, score, destination) => {
  const trial = await startTrial();
  const lead = ['--email', 'a@example.com', '--persona', persona, '--score', String(score)];
  const told = await trial.run(['rules', 'test', ...lead]);
  expect(told.code).toBe(0);
  expect(told.stdout).toContain(
    destination === 'held' ? 'Stays in the holding pool' : `Goes to campaign ${destination}\n`,
  );
});

test('ingest routes the same table into the campaigns, and the rest into the holding pool', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv(TABLE.map(([persona, score], n) => [`a${n}@example.com`, persona, score])));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary.outcomes).toMatchObject({ active: 5, unassigned: 3 });
  expect(summary.exit_code).toBe(0);
  expect(
    trial.query('SELECT persona, status, hold_reason, assigned_campaign_id AS id FROM leads ORDER BY email'),
  ).toEqual(
    TABLE.map(([persona, , id]) =>
      id === 'held'
        ? { persona, status: 'HELD', hold_reason: 'no_route', id: null }
        : { persona, status: 'ACTIVE', hold_reason: null, id },
    ),
  );
  expect(trial.memberships()).toEqual([
    '123456 a0@example.com',
    '123456 a1@example.com',
    '123457 a2@example.com',
    '123457 a3@example.com',
    '123458 a5@example.com',
  ]);
});

const TWO_RULES = [
  '  - { persona: VP Sales, target_campaign_id: "123456", priority: 10 }',
  '  - { persona: VP Sales, target_campaign_id: 123457, priority: 90 }',
];

test.each([
  ['first', [...TWO_RULES].reverse()],
  ['last', TWO_RULES],
])('a rule of higher priority wins where it stands %s in the file', async (_where, rules) => {
  const trial = await startTrial({ rules: `rules:\n${rules.join('\n')}\n` });
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 1]]));
  await trial.summary(['ingest', 'leads.csv']);
  expect(trial.memberships()).toEqual(['123457 a@example.com']);
  const explained = await trial.run(['rules', 'test', '--persona', 'vp sales']);
  expect(explained.stdout).toContain('Goes to campaign 123457\n');
});

test('of equal priorities the first in the file wins, and a lead without a score counts as 0', async () => {
  const trial = await startTrial({
    rules: `rules:
  - { persona: [CTO, CIO], min_score: 1, target_campaign_id: "123458" }
  - { persona: cto, target_campaign_id: "123457" }
  - { persona: "*", target_campaign_id: "123456" }
`,
  });
  trial.write('leads.csv', 'email,persona\na@example.com, CTO \nb@example.com,\n');
  await trial.summary(['ingest', 'leads.csv']);
  expect(trial.memberships()).toEqual(['123456 b@example.com', '123457 a@example.com']);
});

test('leads in the holding pool are routed and pushed by retry when the rules have changed', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    leadCsv([
      ['cto@example.com', 'CTO', 99],
      ['vp@example.com', 'VP Sales', 85],
      ['weak@example.com', 'VP Sales', 5],
    ]),
  );
  await trial.summary(['ingest', 'leads.csv']);
  expect(trial.states()).toEqual({ ACTIVE: 1, 'HELD no_route': 2 });
  trial.write('rules.yaml', 'rules:\n  - { persona: CTO, target_campaign_id: "123458" }\n');
  const retry = await trial.summary(['retry', '--held']);
  expect(retry).toMatchObject({ rows: 2, exit_code: 0, outcomes: { active: 1, unassigned: 1 } });
  expect(trial.memberships()).toEqual(['123456 vp@example.com', '123458 cto@example.com']);
});
