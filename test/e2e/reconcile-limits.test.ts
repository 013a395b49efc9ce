import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join as path } from 'node:path';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { densest, until } from '../helpers/faults.js';
import {
  activeButNotThere,
  asked,
  changingWay,
  join,
  many,
  reconcileJson,
  reconcileRules,
  TWO_CAMPAIGNS,
} from '../helpers/reconcile.js';
import { manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** A trial whose `n` leads are ACTIVE in campaign 1; those named are no longer there. */
async function trialWith(n: number, removed: readonly number[] = [], more: Parameters<typeof startTrial>[0] = {}) {
  const trial = await startTrial({ ...TWO_CAMPAIGNS, ...more });
  trial.write('leads.csv', manyLeads(n, 'P1'));
  await trial.summary(['ingest', 'leads.csv']);
  for (const lead of removed) trial.sandbox.account.removeMember('1', `lead${lead}@example.com`);
  return trial;
}

const isRoster = (url: URL) => url.searchParams.has('offset');
const ONE = ['--campaign', '1'];
/** The way to the sandbox as the options of a run. */
const by = (url: string, more: Record<string, string> = {}) => ({ env: { SMARTLEAD_BASE_URL: url, ...more } });
const withTotal = (body: string, total: string) => body.replace(/"total_leads":"\d+"/, `"total_leads":"${total}"`);

test.each<[string, string, number]>([
  ['absurdly more', '99999999999999999999', Number.MAX_SAFE_INTEGER],
  ['fewer', '12', 12],
])(
  'a roster whose total counts %s than it names calls nobody removed by itself: look-ups decide',
  async (_how, total, shown) => {
    const trial = await trialWith(30, [3, 4, 5]);
    const way = by(await changingWay(trial, (url, body) => (isRoster(url) ? withTotal(body, total) : body)));
    const bounded = await reconcileJson(trial, [...ONE, '--fix', '--look-ups', '2'], way);
    expect(bounded).toMatchObject({ exit_code: 3, fixed: 2, left: 1, found: { removed: 2, undecided: 1 } });
    expect(bounded.campaigns[0]).toMatchObject({ adds_up: false, look_ups: 2 });
    expect(bounded.problems.join()).toMatch(
      new RegExp(`does not add up: 27 leads read, ${shown} by Smartlead's own count`),
    );
    expect(bounded.next).toMatch(/^drason reconcile --campaign 1 --fix --look-ups 4$/);
    expect(await reconcileJson(trial, [...ONE, '--fix'], way)).toMatchObject({ exit_code: 0, fixed: 1, left: 0 });
    expect(activeButNotThere(trial)).toEqual([]);
  },
);

test('pages that are empty past offset 100 make nobody removed or lost', async () => {
  let striking: Fault | undefined;
  const trial = await trialWith(130, [129], { faults: () => striking });
  trial.write('unknown.csv', manyLeads(2, 'P1', 85, 'unknown'));
  striking = 'reset-after';
  await trial.summary(['ingest', 'unknown.csv']);
  striking = undefined;
  trial.sandbox.account.removeMember('1', 'unknown1@example.com');
  const empty = await changingWay(trial, (url, body) =>
    isRoster(url) && url.searchParams.get('offset') !== '0' ? '{"total_leads":"130","data":[]}' : body,
  );
  const none = await reconcileJson(trial, [...ONE, '--fix', '--look-ups', '0'], by(empty));
  expect(none).toMatchObject({ exit_code: 3, fixed: 0, found: { undecided: 32 } });
  expect(none.campaigns[0]).toMatchObject({ roster_total: 130, roster_read: 100, adds_up: false });
  const all = await reconcileJson(trial, [...ONE, '--fix'], by(empty));
  expect(all).toMatchObject({ fixed: 3, left: 0, found: { removed: 1, unknown_there: 1, unknown_absent: 1 } });
  expect(all.campaigns[0]?.look_ups).toBe(32);
  expect(trial.states()).toEqual({ ACTIVE: 130, 'HELD push_failed': 1, 'HELD removed': 1 });
  expect(trial.query('SELECT DISTINCT evidence FROM memberships ORDER BY 1')).toEqual([
    { evidence: 'id_map' },
    { evidence: 'look_up' },
  ]);
});

test('a roster that has only part of the leads in its pages is read on from where each page ended', async () => {
  const trial = await trialWith(90);
  const short = await changingWay(trial, async (url, body) => {
    if (!isRoster(url)) return body;
    url.searchParams.set('limit', '40');
    return (await fetch(url)).text();
  });
  const report = await reconcileJson(trial, ONE, by(short));
  expect(report).toMatchObject({ exit_code: 0, found: {} });
  expect(report.campaigns[0]).toMatchObject({ roster_read: 90, adds_up: true });
});

test('a lead that was settled after the roster was read is left alone', async () => {
  const trial = await trialWith(3, [2]);
  trial.write('new.csv', manyLeads(2, 'P1', 85, 'new'));
  trial.write('late.csv', manyLeads(1, 'P1', 85, 'late'));
  await trial.summary(['ingest', 'late.csv', '--no-push']);
  join(trial, ['late0@example.com']);
  const way = await changingWay(trial, async (url, body) => {
    if (!isRoster(url)) return body;
    // The roster as it was before these were pushed is what reconcile gets.
    await trial.run(['ingest', 'new.csv', '--quiet']);
    await trial.run(['retry', '--held', '--reason', 'review', '--quiet']);
    return body;
  });
  const report = await reconcileJson(trial, [...ONE, '--fix'], by(way));
  expect(report).toMatchObject({ exit_code: 0, fixed: 1, found: { removed: 1, left_alone: 2 } });
  expect(asked(trial).lookUps).toEqual(['lead2@example.com']);
  expect(trial.states()).toEqual({ ACTIVE: 5, 'HELD removed': 1 });
});

test('a lead on its way is left alone', async () => {
  const trial = await trialWith(1);
  trial.write('more.csv', manyLeads(1, 'P1', 85, 'more'));
  join(trial, ['more0@example.com']);
  let letGo = () => {};
  const reconciled = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const held = await changingWay(trial, async (_url, body) => {
    await reconciled;
    return body;
  });
  const pushing = trial.summary(['ingest', 'more.csv'], by(held));
  await until(() => trial.query('SELECT 1 FROM leads WHERE attempt_id IS NOT NULL').length === 1);
  const report = await reconcileJson(trial, [...ONE, '--fix']);
  letGo();
  expect(report).toMatchObject({ exit_code: 0, fixed: 0, found: { left_alone: 1 } });
  expect(await pushing).toMatchObject({ outcomes: { active: 1 } });
});

test('pages and look-ups keep within the limit, together with another process', async () => {
  const trial = await trialWith(12, [0, 1, 2, 3, 4, 5], { rules: reconcileRules('{ requests: 5, per: 500ms }') });
  join(trial, many(1500));
  trial.write('more.csv', manyLeads(6, 'P2', 85, 'more'));
  trial.write(
    'one.yaml',
    reconcileRules('{ requests: 5, per: 500ms }').replace('smartlead:\n', 'smartlead:\n  batch_size: 1\n'),
  );
  trial.requests.length = 0;
  const [report, summary] = await Promise.all([
    reconcileJson(trial, ['--fix']),
    trial.summary(['ingest', 'more.csv', '--rules', 'one.yaml']),
  ]);
  expect(report.fixed).toBe(6);
  expect(summary.exit_code).toBe(0);
  expect(trial.requests.length).toBeGreaterThanOrEqual(29);
  expect(trial.requests.length).toBe(report.requests + summary.requests);
  expect(
    densest(
      trial.requests.map(({ at }) => at),
      500,
    ),
  ).toBeLessThanOrEqual(5);
});

test('a pause that Smartlead asks for is sat out, and holds for the other processes', async () => {
  let striking: Fault | undefined;
  const trial = await trialWith(3, [], { faults: () => striking });
  striking = '429';
  expect(await reconcileJson(trial, [...ONE, '--max-wait', '500ms'])).toMatchObject({ exit_code: 5, complete: false });
  expect(trial.query('SELECT reason FROM stops')).toEqual([{ reason: 'rate_limit' }]);
  striking = undefined;
  const from = trial.requests.length;
  expect(await reconcileJson(trial, ONE)).toMatchObject({ exit_code: 0 });
  expect(trial.requests.length - from).toBe(1);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

test('exit 5: Smartlead out of reach, or the limit used up for longer than may be waited; nothing is changed', async () => {
  const trial = await trialWith(2, [1]);
  const nowhere = by(`http://127.0.0.1:${await closedPort()}/api/v1`);
  const away = await reconcileJson(trial, ['--fix', '--max-wait', '100ms'], nowhere);
  expect(away).toMatchObject({ exit_code: 5, complete: false, fixed: 0, next: 'drason reconcile --fix' });
  expect(away.problems.join()).toMatch(/cannot be reached: .*ECONNREFUSED/);
  trial.write('rules.yaml', reconcileRules('{ requests: 1, per: 1h }'));
  const used = await reconcileJson(trial, ['--fix', '--max-wait', '100ms']);
  expect(used).toMatchObject({ exit_code: 5, complete: false });
  expect(used.problems.join()).toMatch(/the request limit is used up; it can go on at 20\d\d-/);
  expect(trial.states()).toEqual({ ACTIVE: 2 });
});

test('exit 4: the key is missing or refused; the message says where it came from, and the next run tries once', async () => {
  const trial = await trialWith(2, [1]);
  const missing = await trial.run(['reconcile'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(missing.code).toBe(4);
  expect(missing.stderr).toMatch(/neither SMARTLEAD_API_KEY nor SMARTLEAD_API_KEY_FILE is set/);
  const env = { SMARTLEAD_API_KEY: 'bad-key-77c1' };
  for (let n = 0; n < 2; n++) {
    const from = trial.requests.length;
    const refused = await reconcileJson(trial, ['--fix'], { env });
    expect(refused).toMatchObject({ exit_code: 4, complete: false, fixed: 0 });
    expect(refused.problems.join()).toMatch(/refused the key \(key from SMARTLEAD_API_KEY\): 401/);
    expect(JSON.stringify(refused)).not.toContain('bad-key-77c1');
    expect(trial.requests.length - from).toBe(1);
  }
});

test('exit 2: no database, which is not made, and options that are wrong', async () => {
  const trial = await startTrial(TWO_CAMPAIGNS);
  const none = await trial.run(['reconcile']);
  expect(none.code).toBe(2);
  expect(none.stderr).toContain(path(trial.dir, 'trial.db'));
  expect(existsSync(path(trial.dir, 'trial.db'))).toBe(false);
  for (const wrong of [['--look-ups', 'many'], ['--max-wait', 'long'], ['--campaign', ''], ['--fixx']]) {
    expect((await trial.run(['reconcile', ...wrong])).code).toBe(2);
  }
  expect(trial.requests).toEqual([]);
});

test('exit 3: a campaign that Smartlead does not know is named, its leads are left, and the others are compared', async () => {
  const trial = await trialWith(2, [1]);
  trial.write('rules.yaml', `${reconcileRules()}  - { persona: P9, target_campaign_id: "999" }\n`);
  const report = await reconcileJson(trial, ['--fix', '--campaign', '999', ...ONE]);
  expect(report).toMatchObject({ exit_code: 3, complete: true, fixed: 1, left: 0 });
  expect(report.campaigns).toMatchObject([
    { id: '999', state: 'missing' },
    { id: '1', state: 'compared' },
  ]);
  expect(report.problems.join()).toMatch(/campaign 999: Smartlead does not know it/);

  const unreadable = by(await changingWay(trial, (url, body) => (isRoster(url) ? '{}' : body)));
  const nothing = await reconcileJson(trial, [...ONE, '--fix'], unreadable);
  expect(nothing).toMatchObject({ exit_code: 3, fixed: 0, campaigns: [{ state: 'unreadable' }] });
  expect(trial.query('SELECT * FROM roster_readings')).toEqual([]);
});

test('used-up credits keep nobody from reading', async () => {
  const trial = await startTrial(TWO_CAMPAIGNS);
  trial.sandbox.account.setCredits(0);
  trial.write('leads.csv', manyLeads(2, 'P1'));
  await trial.summary(['ingest', 'leads.csv']);
  expect(trial.query('SELECT reason FROM stops')).toEqual([{ reason: 'credit_limit' }]);
  expect(await reconcileJson(trial)).toMatchObject({ exit_code: 0, found: {} });
});

/** Starts a slow reconciliation and runs `work` while it reads. */
async function whileReading(trial: Trial, work: (interrupt: () => unknown) => unknown) {
  let kill: () => unknown = () => undefined;
  const from = trial.requests.length;
  const running = trial.run(['reconcile'], {
    onStart(child) {
      kill = () => child.kill('SIGINT');
    },
  });
  await until(() => asked(trial, from).offsets.length >= 2);
  await work(kill);
  return running;
}

test('two at once: the second says who is at it, with exit 75', async () => {
  const trial = await trialWith(1, [], { latencyMs: 50 });
  join(trial, many(2000));
  const first = await whileReading(trial, async () => {
    const second = await trial.run(['reconcile']);
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(/another drason reconcile \(process \d+ on .*\) is reading campaign 1/);
  });
  expect(first.code).toBe(0);
});

test('interrupted, it says how to go on and keeps what it has read', async () => {
  const trial = await trialWith(1, [], { latencyMs: 50 });
  join(trial, many(2000));
  const { code, stderr, stdout } = await whileReading(trial, (interrupt) => interrupt());
  expect(code).toBe(130);
  expect(stderr).toMatch(/Interrupted; what was read is kept\. Go on with: drason reconcile\n/);
  expect(stdout).toMatch(/campaign 1 {2}not compared yet/);
  const [kept] = trial.query<{ next_offset: number }>('SELECT next_offset FROM roster_readings');
  expect(kept?.next_offset).toBeGreaterThanOrEqual(200);
  const from = trial.requests.length;
  expect(await reconcileJson(trial)).toMatchObject({ exit_code: 0, found: { strangers: 2000 }, leads_left_off: 1000 });
  expect(asked(trial, from).offsets[0]).toBe(kept?.next_offset);
});
