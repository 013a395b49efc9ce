import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { leadCsv, manyLeads, startTrial } from '../helpers/trial.js';

const once = (fault: Fault) => ({ faults: ({ n }: { n: number }) => (n === 0 ? fault : undefined) });
const always = (fault: Fault) => ({ faults: () => fault });
const attempts = 'SELECT DISTINCT push_attempts AS n FROM leads';

test('after a 429 the leads go again in the same run, and no attempt is used up', async () => {
  const trial = await startTrial(once('429'));
  trial.write('leads.csv', manyLeads(5));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ exit_code: 0, requests: 2, outcomes: { active: 5 } });
  expect(trial.query(attempts)).toEqual([{ n: 1 }]);
  const [first, second] = trial.pushes();
  // Retry-After said one second
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(950);
});

test('a pause longer than --max-wait ends the run with the time to go on, and leaves attempts alone', async () => {
  const trial = await startTrial(once('429'));
  trial.write('leads.csv', manyLeads(5));
  const summary = await trial.summary(['ingest', 'leads.csv', '--max-wait', '100ms']);
  expect(summary).toMatchObject({ exit_code: 5, requests: 1, held_reasons: { queued: 5 } });
  expect(summary.problems.join()).toMatch(/asked for a pause.*it can go on at 20\d\d-\d\d-\d\dT/);
  expect(trial.query(attempts)).toEqual([{ n: 0 }]);
  expect(await trial.summary(['retry', '--held'])).toMatchObject({ exit_code: 0, outcomes: { active: 5 } });
});

test.each(['500', '502-html', 'reset-before', 'reset-after'] as const)(
  'after a %s the outcome is unknown, and a retry settles it without attaching anybody twice',
  async (fault) => {
    const trial = await startTrial(once(fault));
    trial.write('leads.csv', manyLeads(5));
    const summary = await trial.summary(['ingest', 'leads.csv']);
    expect(summary).toMatchObject({ exit_code: 3, held_reasons: { unknown: 5 } });
    const retry = await trial.summary(['retry', '--held', '--now']);
    expect(retry).toMatchObject({ exit_code: 0, rows: 5, outcomes: { active: 5 } });
    expect(trial.memberships()).toHaveLength(5);
  },
);

test('a page of HTML for an answer proves nothing: no lead is ACTIVE by it', async () => {
  const trial = await startTrial(always('html'));
  trial.write('leads.csv', manyLeads(3));
  const summary = await trial.summary(['ingest', 'leads.csv', '--max-wait', '5s']);
  expect(summary.outcomes).toMatchObject({ active: 0, held: 3 });
  expect(summary.exit_code).toBe(3);
});

test.each(['text', 'empty', 'html'] as const)(
  'leads of a push answered with %s are ACTIVE once Smartlead itself shows them, and not before',
  async (answer) => {
    const trial = await startTrial({ answer });
    trial.write('leads.csv', manyLeads(3));
    const summary = await trial.summary(['ingest', 'leads.csv']);
    expect(summary).toMatchObject({ exit_code: 0, outcomes: { active: 3 } });
    expect(trial.pushes()).toHaveLength(1);
  },
);

test('a page of the CDN instead of an answer stops the run, and the key is not declared bad', async () => {
  const trial = await startTrial(always('403-html'));
  trial.write('leads.csv', manyLeads(5));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ exit_code: 5, outcomes: { held: 5 }, held_reasons: { push_failed: 5 } });
  expect(summary.problems.join()).toMatch(/CDN/);
  expect(summary.problems.join()).not.toMatch(/refused the key/);
  expect(trial.query(attempts)).toEqual([{ n: 0 }]);
});

test('a 403 for want of a plan is a matter of the key', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(5));
  const summary = await trial.summary(['ingest', 'leads.csv'], { env: { SMARTLEAD_API_KEY: 'noplan-key' } });
  expect(summary).toMatchObject({ exit_code: 4, held_reasons: { auth: 5 } });
  expect(summary.problems.join()).toMatch(/plan does not include API access/);
});

test('a redirect is not followed: the run stops and points at the base URL', async () => {
  const elsewhere = await startTrial();
  const trial = await startTrial({ ...always('302'), redirectTo: elsewhere.sandbox.url.replace('/api/v1', '') });
  trial.write('leads.csv', manyLeads(5));
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ exit_code: 5, held_reasons: { push_failed: 5 } });
  expect(summary.problems.join()).toMatch(/base_url is probably wrong: 302 redirect/);
  expect(elsewhere.requests).toEqual([]);
});

test('credits that end at 40 of 100 leave 60 leads waiting, and nothing more is pushed', async () => {
  const trial = await startTrial();
  trial.sandbox.account.setCredits(40);
  trial.write('leads.csv', manyLeads(100));
  const first = await trial.summary(['ingest', 'leads.csv']);
  expect(first).toMatchObject({ exit_code: 5, outcomes: { active: 40, held: 60 }, held_reasons: { credit_limit: 60 } });
  expect(first.problems).toEqual([
    expect.stringMatching(
      /^Smartlead's credits are used up: Lead limit exhausted\. Please upgrade your plan to add more leads\.; it can go on at 20\d\d-/,
    ),
  ]);
  expect(trial.query('SELECT DISTINCT last_error FROM leads WHERE last_error IS NOT NULL')).toEqual([
    { last_error: 'Lead limit exhausted. Please upgrade your plan to add more leads.' },
  ]);
  expect(trial.pushes()).toHaveLength(1);

  trial.write('more.csv', manyLeads(3, 'VP Sales', 85, 'more'));
  expect(await trial.summary(['ingest', 'more.csv'])).toMatchObject({ exit_code: 5, requests: 0 });
  expect(trial.pushes()).toHaveLength(1);

  trial.sandbox.account.setCredits(null);
  const retry = await trial.summary(['retry', '--held', '--now']);
  expect(retry).toMatchObject({ exit_code: 0, rows: 63, outcomes: { active: 63 } });
  expect(trial.memberships()).toHaveLength(103);
});

const POISONED = `${manyLeads(99)}ann+invalid@example.com,A,B,C,VP Sales,85\n`;

test.each([
  ['counted in the answer', 'count', 1],
  ['refused with its place named', 'reject', 3],
  ['refused without a hint', 'reject-unnamed', 15],
] as const)('one bad lead in 100, %s, costs one lead', async (_how, invalid, most) => {
  const trial = await startTrial({ invalid });
  trial.write('leads.csv', POISONED);
  const summary = await trial.summary(['ingest', 'leads.csv']);
  expect(summary).toMatchObject({ exit_code: 3, outcomes: { active: 99, held: 1 }, held_reasons: { refused: 1 } });
  expect(trial.pushes().length).toBeLessThanOrEqual(most);
  expect(trial.query("SELECT email FROM leads WHERE hold_reason = 'refused'")).toEqual([
    { email: 'ann+invalid@example.com' },
  ]);
  expect(trial.memberships()).toHaveLength(99);
});

const REFUSED = leadCsv([
  ['a@example.com', 'VP Sales', 85],
  ['b@example.com', 'VP Sales', 85],
  ['ann+unsubscribed@example.com', 'VP Sales', 85],
  ['ann+elsewhere@example.com', 'VP Sales', 85],
]);

test.each(['live', 'lists', 'counts', 'documented'] as const)(
  'an answer in the shape "%s" ends with the right leads ACTIVE and the others held for their reasons',
  async (answer) => {
    const trial = await startTrial({ answer });
    trial.write('leads.csv', REFUSED);
    const summary = await trial.summary(['ingest', 'leads.csv']);
    expect(summary).toMatchObject({ exit_code: 3, outcomes: { active: 2, held: 2 } });
    expect(summary.held_reasons).toEqual({ refused: 1, in_other_campaign: 1 });
    expect(
      trial
        .query("SELECT email FROM leads WHERE status = 'ACTIVE' ORDER BY email")
        .concat(trial.query("SELECT email FROM leads WHERE hold_reason = 'refused'")),
    ).toEqual([{ email: 'a@example.com' }, { email: 'b@example.com' }, { email: 'ann+unsubscribed@example.com' }]);
  },
);

test.each(['lists', 'counts', 'documented'] as const)(
  'counters in the shape "%s" that explain every lead need no second request',
  async (answer) => {
    const trial = await startTrial({ answer });
    trial.write('leads.csv', manyLeads(100));
    expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ requests: 1, outcomes: { active: 100 } });
  },
);

test('an account that does not know return_lead_ids is pushed to without it', async () => {
  const trial = await startTrial({ returnLeadIds: false });
  trial.write('leads.csv', manyLeads(150));
  expect(await trial.summary(['ingest', 'leads.csv'])).toMatchObject({ exit_code: 0, outcomes: { active: 150 } });
});
