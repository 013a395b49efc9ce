import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { leadCsv, manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

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
  const trial = await startTrial({ rules: FAST, campaigns: CAMPAIGNS, rateLimit: RATE, latencyMs: 120 });
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

test('a key refused in the middle of three processes at work: nothing is sent after what was on its way', async () => {
  let refusedAt = 0;
  let answered = 0;
  const atWork = new Set<string>();
  const trial: Trial = await startTrial({
    rules: FAST,
    campaigns: CAMPAIGNS,
    rateLimit: RATE,
    latencyMs: 60,
    // A run that begins after the refusal may try the key once; so it comes when all three are at work.
    faults: ({ body }) => {
      answered++;
      atWork.add(emailsOf(body)[0]?.[0] ?? '');
      if (refusedAt === 0 && (answered < 12 || atWork.size < 3)) return undefined;
      refusedAt ||= performance.now();
      return '401';
    },
  });
  for (const name of ['a', 'b', 'c']) trial.write(`${name}.csv`, ofThree(1500, name));
  const runs = await Promise.all(['a', 'b', 'c'].map((name) => trial.summary(['ingest', `${name}.csv`])));
  expect(runs.map(({ exit_code }) => exit_code)).toEqual([4, 4, 4]);
  expect(refusedAt).toBeGreaterThan(0);
  // begun before the 401 could be known; a moment for it to travel and to be committed
  const late = trial.requests.filter(({ at }) => at > refusedAt + 250);
  expect(late).toEqual([]);
  const states = trial.states();
  expect(Object.keys(states).sort()).toEqual(['ACTIVE', 'HELD auth']);
  expect(states.ACTIVE).toBe(trial.memberships().length);
  expect((states.ACTIVE ?? 0) + (states['HELD auth'] ?? 0)).toBe(4500);
  expect(trial.query("SELECT id FROM leads WHERE hold_reason = 'auth' AND push_attempts > 0")).toEqual([]);
});

test('one campaign of three is missing, for two processes: the other two end complete', async () => {
  const trial = await startTrial({ rules: FAST, campaigns: ['1', '3'], rateLimit: RATE, latencyMs: 30 });
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
  const trial = await startTrial();
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
