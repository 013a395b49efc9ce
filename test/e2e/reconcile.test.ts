import { join as path } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { activeButNotThere, asked, join, ledger, many, reconcileJson, TWO_CAMPAIGNS } from '../helpers/reconcile.js';
import { leadCsv, manyLeads, startTrial, type Trial } from '../helpers/trial.js';

/** Writes to the database by hand. */
function byHand(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(path(trial.dir, 'trial.db'));
  db.exec(sql);
  db.close();
}

const leftovers = (trial: Trial) =>
  trial.query('SELECT 1 FROM roster_readings UNION ALL SELECT 1 FROM roster_members').length;

test('leads deleted on either side are found; corrected, no lead is ACTIVE that the roster lacks, and a second run finds nothing', async () => {
  const trial = await startTrial(TWO_CAMPAIGNS);
  trial.write('leads.csv', manyLeads(250, 'P1'));
  trial.write('more.csv', manyLeads(20, 'P2', 85, 'more'));
  await trial.summary(['ingest', 'leads.csv', 'more.csv']);
  for (const n of [0, 120, 249]) trial.sandbox.account.removeMember('1', `lead${n}@example.com`);
  byHand(
    trial,
    `DELETE FROM memberships WHERE lead_seq IN (SELECT seq FROM leads WHERE email LIKE 'more1@%' OR email LIKE 'lead7@%');
     DELETE FROM leads WHERE email LIKE 'more1@%' OR email LIKE 'lead7@%';`,
  );

  const before = ledger(trial);
  const found = await reconcileJson(trial);
  expect(found).toMatchObject({ exit_code: 3, fixed: 0, left: 3, found: { removed: 3, strangers: 2 } });
  expect(found.campaigns).toMatchObject([
    { id: '1', roster_total: 247, roster_read: 247, adds_up: true, known: 249, look_ups: 3 },
    { id: '2', roster_total: 20, known: 19, look_ups: 0 },
  ]);
  expect(found.next).toBe('drason reconcile --fix');
  expect(ledger(trial)).toEqual(before);

  const fixed = await reconcileJson(trial, ['--fix']);
  expect(fixed).toMatchObject({ exit_code: 0, fixed: 3, left: 0, next: 'drason retry --held --reason removed' });
  expect(activeButNotThere(trial)).toEqual([]);
  expect(trial.states()).toEqual({ ACTIVE: 265, 'HELD removed': 3 });
  expect(trial.query("SELECT action, count(*) AS n FROM audit_logs WHERE trigger = 'reconcile' GROUP BY 1")).toEqual([
    { action: 'gone_from_smartlead', n: 3 },
  ]);

  const after = ledger(trial);
  expect(await reconcileJson(trial, ['--fix'])).toMatchObject({ exit_code: 0, fixed: 0, found: { strangers: 2 } });
  expect(ledger(trial)).toEqual(after);
  expect(leftovers(trial)).toBe(0);
  expect(trial.pushes()).toHaveLength(4);
});

/** One lead in each of the situations that reconcile knows. */
async function oneOfEach(): Promise<Trial> {
  let striking: Fault | undefined;
  const trial = await startTrial({ ...TWO_CAMPAIGNS, faults: () => striking });
  const ingest = (names: string[], persona: string, ...flags: string[]) => {
    trial.write('some.csv', leadCsv(names.map((name) => [`${name}@example.com`, persona, 85] as const)));
    return trial.summary(['ingest', 'some.csv', ...flags]);
  };
  await ingest(['agrees', 'removed', 'moved', 'elsewhere'], 'P1');
  await ingest(['moved'], 'P2', '--again');
  await ingest(['review', 'blocked'], 'P1', '--no-push');
  striking = 'reset-after';
  await ingest(['arrived'], 'P1');
  striking = 'reset-before';
  await ingest(['lost', 'unwanted'], 'P1');
  striking = undefined;
  await trial.run(['suppress', 'add', 'blocked@example.com', 'unwanted@example.com']);
  for (const name of ['removed', 'moved']) trial.sandbox.account.removeMember('1', `${name}@example.com`);
  join(trial, ['review@example.com', 'blocked@example.com', 'stranger@example.com']);
  join(trial, ['elsewhere@example.com'], '2');
  return trial;
}

test('every kind of difference is found, is corrected only with --fix, leaves one audit row, and is told by why', async () => {
  const trial = await oneOfEach();
  const before = ledger(trial);
  const expected = {
    removed: 1,
    place_gone: 1,
    unknown_there: 1,
    unknown_absent: 2,
    held_there: 1,
    strangers: 1,
    blocked_there: 1,
    elsewhere: 1,
  };
  const found = await reconcileJson(trial);
  expect(found).toMatchObject({ exit_code: 3, left: 6, found: expected });
  expect(ledger(trial)).toEqual(before);
  const kinds = Object.fromEntries(found.leads.map(({ email, kind, was }) => [email.split('@')[0], `${kind} ${was}`]));
  expect(kinds).toEqual({
    removed: 'removed ACTIVE',
    moved: 'place_gone ACTIVE',
    arrived: 'unknown_there unknown',
    lost: 'unknown_absent unknown',
    unwanted: 'unknown_absent unknown',
    review: 'held_there review',
    stranger: 'strangers null',
    blocked: 'blocked_there BLOCKED',
    elsewhere: 'elsewhere ACTIVE',
  });

  const shown = await trial.run(['reconcile', '--fix', '--verbose']);
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/campaign 1 {2}\d on the roster · \d known here/);
  expect(shown.stdout).toMatch(
    /removed 1: ACTIVE here, and no longer in the campaign → HELD removed\n {4}removed@example\.com \(was ACTIVE, corrected\)/,
  );
  expect(shown.stdout).toMatch(/strangers 1: .*\n {4}stranger@example\.com\n/);
  expect(shown.stdout).toMatch(/Differences {2}6 · 6 corrected\nSandbox {2}.*\nNext {2}drason retry --held\n$/);
  const state = Object.fromEntries(
    trial
      .query<{ email: string; state: string }>(
        "SELECT email, status || coalesce(' ' || hold_reason, '') || coalesce(' ' || assigned_campaign_id, '') AS state FROM leads",
      )
      .map(({ email, state }) => [email.split('@')[0], state]),
  );
  expect(state).toEqual({
    agrees: 'ACTIVE 1',
    removed: 'HELD removed 1',
    moved: 'ACTIVE 2',
    elsewhere: 'ACTIVE 1',
    review: 'ACTIVE 1',
    blocked: 'BLOCKED 1',
    arrived: 'ACTIVE 1',
    lost: 'HELD push_failed 1',
    unwanted: 'BLOCKED 1',
  });
  const audited = trial.query<{ action: string; n: number }>(
    "SELECT action, count(*) AS n FROM audit_logs WHERE trigger = 'reconcile' GROUP BY 1 ORDER BY 1",
  );
  expect(audited).toEqual([
    { action: 'found_in_smartlead', n: 2 },
    { action: 'gone_from_smartlead', n: 2 },
    { action: 'push_failed', n: 2 },
  ]);
  expect(
    trial.query(
      "SELECT campaign_id, m.evidence, m.smartlead_lead_id IS l.smartlead_lead_id AS same FROM memberships m JOIN leads l ON l.seq = lead_seq WHERE email IN ('review@example.com', 'arrived@example.com', 'moved@example.com') ORDER BY email",
    ),
  ).toEqual([
    { campaign_id: '1', evidence: 'roster', same: 1 },
    { campaign_id: '2', evidence: 'id_map', same: 1 },
    { campaign_id: '1', evidence: 'roster', same: 1 },
  ]);
  expect(await reconcileJson(trial)).toMatchObject({
    exit_code: 0,
    found: { strangers: 1, blocked_there: 1, elsewhere: 1 },
  });

  // why tells it
  const told = await trial.run(['why', ...['removed', 'moved', 'review', 'lost'].map((name) => `${name}@example.com`)]);
  expect(told.stdout).toMatch(/no longer in campaign 1 \(it was ACTIVE here\): .*; held as removed\./);
  expect(told.stdout).toMatch(
    /no longer in campaign 1 \(it was ACTIVE here\): .*; it no longer counts as being there\./,
  );
  expect(told.stdout).toMatch(/found in campaign 1 \(it was review here\): the campaign's roster has it/);
  expect(told.stdout).toMatch(/is not in campaign 1 \(it was unknown here\), so it did not arrive/);

  // what is due now is pushed by an ordinary retry
  await trial.summary(['retry', '--held']);
  expect(trial.sandbox.account.membersOf('1')).toContain('lost@example.com');
  expect(trial.sandbox.account.membersOf('1')).not.toContain('unwanted@example.com');
});

test('killed while it reads, it goes on with the page where it was; killed while it asks, with the next lead', async () => {
  let latency = 0;
  const trial = await startTrial({ ...TWO_CAMPAIGNS, latencyMs: () => latency });
  trial.write('leads.csv', manyLeads(40, 'P1'));
  await trial.summary(['ingest', 'leads.csv']);
  join(trial, many(960));
  for (let n = 0; n < 12; n++) trial.sandbox.account.removeMember('1', `lead${n}@example.com`);

  /** Runs until `enough` of what was asked has come, then kills it. */
  async function killedAfter(enough: (seen: ReturnType<typeof asked>) => boolean) {
    const from = trial.requests.length;
    latency = 40;
    const { signal } = await trial.run(['reconcile', '--fix', '--campaign', '1'], {
      onStart(child) {
        const watch = setInterval(() => enough(asked(trial, from)) && child.kill('SIGKILL'), 5);
        child.on('exit', () => clearInterval(watch));
      },
    });
    // What was under way is answered, and listed, a moment after the kill.
    await setTimeout(2 * latency);
    latency = 0;
    expect(signal).toBe('SIGKILL');
    return asked(trial, from);
  }
  const nextOffset = () => trial.query<{ n: number }>('SELECT next_offset AS n FROM roster_readings')[0]?.n;

  await killedAfter(({ offsets }) => offsets.length >= 4);
  const kept = nextOffset() ?? 0;
  expect(kept).toBeGreaterThanOrEqual(300);
  const second = await killedAfter(({ lookUps }) => lookUps.length >= 5);
  expect(second.offsets[0]).toBe(kept);
  expect(second.offsets).toEqual(second.offsets.map((_, n) => kept + 100 * n));
  const answers = trial.query<{ email: string }>("SELECT email FROM roster_members WHERE evidence = 'look_up'");
  expect(answers.length).toBeGreaterThanOrEqual(4);

  const from = trial.requests.length;
  const report = await reconcileJson(trial, ['--fix', '--campaign', '1']);
  const { offsets, lookUps } = asked(trial, from);
  expect(offsets).toEqual([]);
  expect(lookUps).toHaveLength(12 - answers.length);
  expect(report).toMatchObject({ exit_code: 0, fixed: 12, found: { removed: 12, strangers: 960 } });
  expect(report.campaigns).toMatchObject([{ resumed: true, adds_up: true, roster_read: 988 }]);
  expect(activeButNotThere(trial)).toEqual([]);
  expect(leftovers(trial)).toBe(0);
  expect(trial.query("SELECT entity_id FROM audit_logs WHERE trigger = 'reconcile'")).toHaveLength(12);
});

test('what was read more than a day ago, or with another key, is read anew', async () => {
  const trial = await startTrial(TWO_CAMPAIGNS);
  trial.write('leads.csv', manyLeads(3, 'P1'));
  await trial.summary(['ingest', 'leads.csv']);
  const left = (startedAt: string, key: string) =>
    byHand(
      trial,
      `INSERT INTO roster_readings VALUES ('default', '1', ${key}, 'gone', 'gone', 1, '1', '2020-01-01T00:00:00.000Z', ${startedAt}, 300, 3, 3, 1);
       INSERT INTO roster_members VALUES ('default', '1', 'lead0@example.com', 0, NULL, 'look_up');`,
    );
  const sameKey = '(SELECT key_id FROM attempts LIMIT 1)';
  const anHourAgo = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 hour')";
  for (const [startedAt, key] of [
    ["strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-25 hours')", sameKey],
    [anHourAgo, "'another key'"],
  ] as const) {
    left(startedAt, key);
    const report = await reconcileJson(trial);
    expect(report).toMatchObject({ exit_code: 0, found: {} });
    expect(report.campaigns[0]).toMatchObject({ resumed: false, roster_read: 3 });
  }
  left(anHourAgo, sameKey);
  expect((await reconcileJson(trial)).campaigns[0]).toMatchObject({ resumed: true });
  expect(leftovers(trial)).toBe(0);
});

test('a lead that was removed stays out when it is ingested again, changed or not, until a retry asks for it by name', async () => {
  const trial = await startTrial(TWO_CAMPAIGNS);
  trial.write('leads.csv', leadCsv([['jo@example.com', 'P1', 85]]));
  await trial.summary(['ingest', 'leads.csv']);
  trial.sandbox.account.removeMember('1', 'jo@example.com');
  await reconcileJson(trial, ['--fix']);
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('changed.csv', 'email,first_name,persona,lead_score\njo@example.com,Joanna,P2,99\n');
  await trial.summary(['ingest', 'changed.csv']);
  await trial.summary(['ingest', 'changed.csv', '--again']);
  await trial.summary(['retry', '--held', '--now']);
  expect(trial.states()).toEqual({ 'HELD removed': 1 });
  expect(trial.query('SELECT * FROM memberships')).toEqual([]);
  expect(trial.sandbox.account.membersOf('1')).toEqual([]);

  trial.write('changed.csv', 'email,persona\njo@example.com,P1\n');
  await trial.summary(['ingest', 'changed.csv']);
  expect(await trial.summary(['retry', '--held', '--reason', 'removed'])).toMatchObject({
    rows: 1,
    exit_code: 0,
    outcomes: { active: 1 },
  });
  expect(trial.sandbox.account.membersOf('1')).toEqual(['jo@example.com']);
  expect(trial.query('SELECT push_attempts FROM leads')).toEqual([{ push_attempts: 1 }]);
  expect(await reconcileJson(trial)).toMatchObject({ exit_code: 0, found: {} });
});

test('the campaigns are those of the rules and those of the leads, or those that are named', async () => {
  const trial = await startTrial({ ...TWO_CAMPAIGNS, campaigns: ['1', '2', '3'] });
  trial.write('leads.csv', manyLeads(2, 'P1'));
  await trial.summary(['ingest', 'leads.csv']);
  trial.write('rules.yaml', 'rules:\n  - { persona: P3, target_campaign_id: "3" }\n');
  const ids = async (...args: string[]) => (await reconcileJson(trial, args)).campaigns.map(({ id }) => id);
  expect(await ids()).toEqual(['3', '1']);
  expect(await ids('--campaign', '2', '--campaign', '1', '--campaign', '2')).toEqual(['2', '1']);
});
