import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { until } from '../helpers/faults.js';
import { leadCsv, manyLeads, rulesFor, startTrial } from '../helpers/trial.js';

const FAST = rulesFor(
  [
    ['P1', '1'],
    ['P2', '2'],
    ['P3', '3'],
  ],
  'smartlead:\n  batch_size: 10\n  rate_limit: [{ requests: 40, per: 1s }]\n',
);
const RATE = { requests: 40, windowMs: 1000 };
const CAMPAIGNS = ['1', '2', '3'];

function ofThree(count: number, prefix: string): string {
  return leadCsv(
    Array.from({ length: count }, (_, n) => [`${prefix}${n}@example.com`, `P${(n % 3) + 1}`, 50] as const),
  );
}

/** Leads that were part of two pushes at the same time, by what the server saw of begin and end. */
function inTwoAtOnce(spans: ReadonlyArray<{ from: number; to: number; emails: readonly string[] }>): string[] {
  const twice: string[] = [];
  for (const [n, one] of spans.entries()) {
    for (const other of spans.slice(n + 1)) {
      if (other.from >= one.to || one.from >= other.to) continue;
      twice.push(...one.emails.filter((email) => other.emails.includes(email)));
    }
  }
  return twice;
}

function emailsOf(body: unknown): string[] {
  if (typeof body !== 'object' || body === null || !('lead_list' in body) || !Array.isArray(body.lead_list)) return [];
  return body.lead_list.map((lead: { email: string }) => lead.email);
}

test('two retries and one ingest at once: none is told to go away, no lead is in two live attempts', async () => {
  const trial = await startTrial({
    processes: true,
    rules: FAST,
    campaigns: CAMPAIGNS,
    rateLimit: RATE,
    latencyMs: 120,
  });
  trial.write('held.csv', ofThree(300, 'held'));
  trial.write('new.csv', `${ofThree(150, 'new')}${ofThree(150, 'held').replace(/^.*\n/, '')}`);
  // all of them held, and wanted by all three
  const keyless = await trial.run(['ingest', 'held.csv'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(keyless.code).toBe(4);

  const runs = await Promise.all([
    trial.summary(['retry', '--held', '--now']),
    trial.summary(['ingest', 'new.csv']),
    trial.summary(['retry', '--held', '--now']),
  ]);
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0]);
  for (const { result } of runs) expect(result.stderr).not.toMatch(/locked|BUSY/);
  expect(trial.states()).toEqual({ ACTIVE: 450 });
  expect(trial.memberships()).toHaveLength(450);

  const spans = trial.pushes().map(({ at, body }) => ({ from: at, to: at + 100, emails: emailsOf(body) }));
  expect(inTwoAtOnce(spans)).toEqual([]);
  // nothing failed, so that every lead was sent in one push and no other
  expect(spans.flatMap(({ emails }) => emails)).toHaveLength(450);
  const attempts = trial.query<{ n: number }>("SELECT sum(lead_count) AS n FROM attempts WHERE step = 'push'");
  expect(attempts).toEqual([{ n: 450 }]);
});

test('a key refused in the middle of three processes at work: nothing is claimed once that is known', async () => {
  const atWork = new Set<string>();
  let refused = false;
  const trial = await startTrial({
    processes: true,
    rules: FAST,
    campaigns: CAMPAIGNS,
    rateLimit: RATE,
    // so slow that none is done before all have begun
    latencyMs: () => (atWork.size < 3 ? 900 : 60),
    faults: ({ body, n }) => {
      for (const email of emailsOf(body)) atWork.add(email.slice(0, 1));
      // a run that begins after a refusal tries the key once, and so none may be missing
      refused ||= atWork.size === 3 && n >= 8;
      return refused ? '401' : undefined;
    },
  });
  const names = ['a', 'b', 'c'];
  for (const name of names) trial.write(`${name}.csv`, ofThree(900, name));
  const runs = await Promise.all(names.map((name) => trial.summary(['ingest', `${name}.csv`])));
  for (const run of runs) expect(run.rows).toBe(900);
  expect(runs.map(({ exit_code }) => exit_code)).toContain(4);
  const attempts = trial.query<{ claimed_at: string; settled_at: string; outcome: string }>('SELECT * FROM attempts');
  expect(attempts).toHaveLength(trial.requests.length);
  const known = Math.min(...attempts.filter((a) => a.outcome === 'auth').map((a) => Date.parse(a.settled_at)));
  expect(known).toBeGreaterThan(0);
  // the processes' clocks agree to a millisecond or two
  expect(attempts.filter(({ claimed_at }) => Date.parse(claimed_at) > known + 5)).toEqual([]);
  const states = trial.states();
  expect(Object.keys(states).sort()).toEqual(['ACTIVE', 'HELD auth']);
  expect(states.ACTIVE).toBe(trial.memberships().length);
  expect((states.ACTIVE ?? 0) + (states['HELD auth'] ?? 0)).toBe(2700);
  expect(trial.query("SELECT id FROM leads WHERE hold_reason = 'auth' AND push_attempts > 0")).toEqual([]);
});

// Known gap: the run whose leads another run has held, because it was that one that met the 401, ends with exit 0 and
// without a word.
test('a run whose leads wait because another met the refusal of the key ends with exit 4, too', async () => {
  let got = 0;
  const trial = await startTrial({
    processes: true,
    rules: rulesFor([['P1', '1']], 'smartlead:\n  batch_size: 10\n  rate_limit: [{ requests: 100, per: 1s }]\n'),
    campaigns: CAMPAIGNS,
    rateLimit: null,
    // the first run has as much on its way as it may, and more to come, while the second comes and goes
    latencyMs: () => (got++ < 10 ? 4000 : 0),
    faults: ({ body }) => (emailsOf(body)[0]?.startsWith('second') ? '401' : undefined),
  });
  trial.write('first.csv', manyLeads(150, 'P1', 85, 'first'));
  trial.write('second.csv', manyLeads(50, 'P1', 85, 'second'));
  const first = trial.summary(['ingest', 'first.csv']);
  expect(await until(() => got === 10)).toBe(true);
  await trial.summary(['ingest', 'second.csv']);
  const { held_reasons, exit_code } = await first;
  expect({ held: Object.keys(held_reasons), exit_code }).toEqual({ held: ['auth'], exit_code: 4 });
});

test('one campaign of three is missing, for two processes: the other two end complete', async () => {
  const trial = await startTrial({
    processes: true,
    rules: FAST,
    campaigns: ['1', '3'],
    rateLimit: RATE,
    latencyMs: 30,
  });
  for (const name of ['a', 'b']) trial.write(`${name}.csv`, ofThree(150, name));
  const runs = await Promise.all(['a', 'b'].map((name) => trial.summary(['ingest', `${name}.csv`])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([3, 3]);
  expect(trial.states()).toEqual({ ACTIVE: 200, 'HELD campaign_not_found': 100 });
  expect(trial.memberships()).toHaveLength(200);
  expect(trial.query('SELECT DISTINCT assigned_campaign_id AS c FROM leads WHERE hold_reason IS NOT NULL')).toEqual([
    { c: '2' },
  ]);
});

test('a retry beside a writer that holds the database for a second waits for it', async () => {
  const trial = await startTrial({ processes: true });
  trial.write('leads.csv', manyLeads(50));
  await trial.summary(['ingest', 'leads.csv', '--no-push']);
  const writer = new BetterSqlite3(`${trial.dir}/trial.db`);
  writer.exec('BEGIN IMMEDIATE');
  const released = new Promise<void>((resolve) => {
    setTimeout(() => {
      writer.exec('COMMIT');
      writer.close();
      resolve();
    }, 1500);
  });
  const run = await trial.summary(['retry', '--held', '--reason', 'review']);
  await released;
  expect(run).toMatchObject({ exit_code: 0, outcomes: { active: 50 } });
});
