import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leadCsv, type Summary, startTrial } from '../helpers/trial.js';

const LEADS = `${leadCsv([
  ['a@example.com', 'VP Sales', 85],
  ['b@example.com', 'VP Sales', 65],
  ['c@example.com', 'CTO', 99],
  ['x@mailinator.com', 'VP Sales', 90],
  ['info@example.com', 'Marketing Manager', 75],
  ['A@example.com ', 'VP Sales', 85],
  ['d@example.com', 'VP Sales', '85%'],
])}`;

/** A summary without what a dry run cannot share with a real one: the leads it would push are held as queued. */
function decisions({ rows, health, outcomes, campaigns, elsewhere }: Summary, held: 'held' | 'active') {
  const { active, held: waiting, ...others } = outcomes;
  const totals = Object.entries(campaigns).map(([id, n]) => [id, n.active + n.held]);
  return { rows, health, others, pushed: held === 'held' ? waiting : active, campaigns: totals, elsewhere };
}

const fingerprint = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('a dry run makes the very decisions of the real run, sends nothing and creates no database', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  const files = readdirSync(trial.dir).sort();
  const dry = await trial.summary(['ingest', 'leads.csv', '--dry-run']);
  expect(dry).toMatchObject({ dry_run: true, requests: 0, exit_code: 3, held_reasons: { queued: 3 } });
  expect(trial.requests).toEqual([]);
  expect(readdirSync(trial.dir).sort()).toEqual(files);

  const real = await trial.summary(['ingest', 'leads.csv']);
  expect(real.dry_run).toBe(false);
  expect(decisions(real, 'active')).toEqual(decisions(dry, 'held'));
});

test('a dry run needs no key, and shows each decision with its line', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  const dry = await trial.run(['ingest', 'leads.csv', '--dry-run'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(dry.stdout).toMatch(/^2 {2}a@example\.com {2}VP Sales 85 {2}GREEN 100 {2}→ 123456 /m);
  expect(dry.stdout).toMatch(/^5 {2}x@mailinator\.com .* RED .*→ blocked/m);
  expect(dry.stdout).toMatch(/^4 {2}c@example\.com .*→ held .*no rule is for "CTO"/m);
  expect(dry.stdout).toMatch(/nothing was stored or sent/);
});

test('a dry run on a known database shows already_active and leaves every byte of it', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', LEADS);
  trial.write(
    'two.csv',
    leadCsv([
      ['a@example.com', 'VP Sales', 85],
      ['new@example.com', 'VP Sales', 85],
    ]),
  );
  await trial.summary(['ingest', 'leads.csv']);
  trial.requests.length = 0;
  const database = join(trial.dir, 'trial.db');
  const before = fingerprint(database);
  const dry = await trial.summary(['ingest', 'two.csv', '--dry-run']);
  expect(dry).toMatchObject({ outcomes: { already_active: 1, held: 1 }, held_reasons: { queued: 1 } });
  expect(fingerprint(database)).toBe(before);
  expect(trial.requests).toEqual([]);

  const real = await trial.summary(['ingest', 'two.csv']);
  expect(decisions(real, 'active')).toEqual(decisions(dry, 'held'));
});

test.each([
  ['refused', ['ann+invalid@example.com', 'VP Sales', 85]],
  ['in_other_campaign', ['ann+elsewhere@example.com', 'VP Sales', 85]],
] as const)('a dry run sees that a lead held as %s stays so', async (reason, lead) => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([lead]));
  await trial.summary(['ingest', 'leads.csv']);
  const dry = await trial.summary(['ingest', 'leads.csv', '--dry-run']);
  expect(dry.held_reasons).toEqual({ [reason]: 1 });
  const real = await trial.summary(['ingest', 'leads.csv']);
  expect(real.held_reasons).toEqual(dry.held_reasons);
  expect(real.exit_code).toBe(dry.exit_code);
});

test('a dry run knows who is suppressed', async () => {
  const trial = await startTrial();
  trial.write('out.csv', 'email,persona,lead_score,unsubscribed\na@example.com,VP Sales,85,yes\n');
  trial.write('in.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  await trial.summary(['ingest', 'out.csv']);
  expect(await trial.summary(['ingest', 'in.csv', '--dry-run'])).toMatchObject({ outcomes: { blocked: 1 } });
});

test('a dry run with --no-push holds what would be pushed for review, with --again it shows the other campaign', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', leadCsv([['a@example.com', 'VP Sales', 85]]));
  expect(await trial.summary(['ingest', 'leads.csv', '--dry-run', '--no-push'])).toMatchObject({
    held_reasons: { review: 1 },
    exit_code: 0,
  });
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', 'rules:\n  - { persona: "*", target_campaign_id: "123458" }\n');
  expect(await trial.summary(['ingest', 'leads.csv', '--dry-run'])).toMatchObject({
    outcomes: { already_active: 1 },
    elsewhere: { 123458: 1 },
  });
  expect(await trial.summary(['ingest', 'leads.csv', '--dry-run', '--again'])).toMatchObject({
    held_reasons: { queued: 1 },
    campaigns: { 123458: { held: 1 } },
  });
});
