import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { leadCsv, manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const success = z.object({ proven: z.number(), failed: z.number(), rate: z.number().nullable() });
const statusSchema = z.object({
  schema: z.literal(1),
  organization: z.string(),
  leads: z.object({ total: z.number(), ACTIVE: z.number(), HELD: z.number(), BLOCKED: z.number() }),
  held: z.record(z.string(), z.number()),
  queue: z.object({
    now: z.object({ leads: z.number(), requests: z.number(), empty_in_ms: z.number(), empty_at: z.string() }),
    in_flight: z.number(),
    waiting_for_time: z.object({ leads: z.number(), first: z.string().nullable() }),
    waiting_for_stop: z.object({ leads: z.number() }),
    waiting_for_person: z.object({ leads: z.number() }),
  }),
  oldest_waiting: z
    .object({ email: z.string(), hold_reason: z.string(), campaign: z.string(), age_ms: z.number() })
    .nullable(),
  success: z.object({
    last_24_hours: success,
    by_day: z.array(success.extend({ day: z.string() })),
    by_campaign: z.array(success.extend({ campaign: z.string(), name: z.string().nullable(), waiting: z.number() })),
  }),
  stops: z.array(
    z.object({
      campaign: z.string().nullable(),
      reason: z.string(),
      why: z.string(),
      since: z.string(),
      starts_again: z.string(),
    }),
  ),
  alarm: z.string().nullable(),
});

async function status(trial: Trial, args: string[] = [], env: Record<string, string> = {}) {
  const result = await trial.run(['status', '--json', ...args], { env });
  return { ...statusSchema.parse(JSON.parse(result.stdout)), code: result.code, stderr: result.stderr };
}

/** Changes the trial's database behind drason's back. */
function change(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

const THREE = leadCsv([
  ['a@example.com', 'VP Sales', 85],
  ['b@example.com', 'VP Sales', 65],
  ['c@example.com', 'Marketing Manager', 75],
]);
const LAST_DAYS = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 days')";

test('leads are counted by status and reason, and pushes by what they proved', async () => {
  const trial = await startTrial({ campaigns: ['123456', '123458'] });
  trial.write('leads.csv', `${THREE}d@mailinator.com,D,D,D,VP Sales,85\ne@example.com,E,E,E,CTO,9\n`);
  await trial.summary(['ingest', 'leads.csv']);
  const now = await status(trial);
  expect(now).toMatchObject({
    organization: 'default',
    leads: { total: 5, ACTIVE: 2, HELD: 2, BLOCKED: 1 },
    held: { no_route: 1, campaign_not_found: 1 },
    queue: { now: { leads: 0, requests: 0 }, in_flight: 0, waiting_for_person: { leads: 2 } },
    oldest_waiting: null,
    alarm: null,
    code: 0,
  });
  expect(now.success.by_day).toHaveLength(7);
  expect(now.stops).toMatchObject([{ campaign: '123457', reason: 'campaign_not_found' }]);
  const shown = await trial.run(['status']);
  expect(shown.stdout).toMatch(/^Leads +5: ACTIVE 2 · HELD 2 · BLOCKED 1$/m);
  expect(shown.stdout).toMatch(/no_route 1: no rule matches/);
  expect(shown.stdout).toMatch(
    /^Stopped +campaign 123457 since \S+: Smartlead does not know it \(404 .*\); correct the id/m,
  );
});

test('what Smartlead refuses is no failure; what was lost is', async () => {
  const trial = await startTrial();
  trial.write(
    'leads.csv',
    leadCsv([
      ['a@example.com', 'VP Sales', 85],
      ['b+invalid@example.com', 'VP Sales', 85],
      ['c+elsewhere@example.com', 'VP Sales', 85],
    ]),
  );
  await trial.summary(['ingest', 'leads.csv']);
  expect((await status(trial)).success.last_24_hours).toEqual({ proven: 1, failed: 0, rate: 1 });
  change(trial, 'UPDATE attempts SET failed = 2 WHERE proven = 1');
  const { last_24_hours, by_campaign } = (await status(trial)).success;
  expect(last_24_hours).toEqual({ proven: 1, failed: 2, rate: 1 / 3 });
  expect(by_campaign).toEqual([
    expect.objectContaining({ campaign: '123456', name: null, waiting: 0, proven: 1, failed: 2, rate: 1 / 3 }),
  ]);
});

test('what was pushed before the last 24 hours counts for its day, not for the rate of now', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(4));
  await trial.summary(['ingest', 'leads.csv']);
  change(trial, `UPDATE attempts SET settled_at = ${LAST_DAYS}`);
  const { last_24_hours, by_day } = (await status(trial)).success;
  expect(last_24_hours).toEqual({ proven: 0, failed: 0, rate: null });
  expect(by_day.filter(({ proven }) => proven > 0)).toEqual([{ ...by_day[4], proven: 4, failed: 0, rate: 1 }]);
});

test('the queue tells what may go now and how long that takes, and what waits for its time', async () => {
  const trial = await startTrial({
    rules: rulesFor(
      [
        ['A', '1'],
        ['B', '2'],
      ],
      'smartlead: { batch_size: 2, rate_limit: [{ requests: 2, per: 1h }] }\n',
    ),
    campaigns: ['1', '2'],
  });
  trial.write('a.csv', manyLeads(5, 'A'));
  trial.write('b.csv', manyLeads(3, 'B', 85, 'other'));
  for (const file of ['a.csv', 'b.csv']) await trial.summary(['ingest', file, '--no-push']);
  const later = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 hour')";
  const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
  change(trial, `UPDATE leads SET hold_reason = 'queued', next_attempt_at = ${now}, waiting_since = ${now}`);
  change(
    trial,
    `UPDATE leads SET hold_reason = 'push_failed', next_attempt_at = ${later} WHERE email = 'lead0@example.com'`,
  );
  const { queue } = await status(trial);
  // 4 of one campaign and 3 of the other: two requests each; the limit lets two go now, and two in an hour
  expect(queue).toMatchObject({
    now: { leads: 7, requests: 4, empty_in_ms: 3_600_000 },
    waiting_for_time: { leads: 1, first: expect.any(String) },
  });
  const { stdout } = await trial.run(['status']);
  expect(stdout).toMatch(/7 leads may go now, in 4 requests, the last in 1h at the earliest \(limit 2 per 1h\)/);
});

test('leads behind a refused key wait for a stop; with another key at hand they may go', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', THREE);
  const bad = { SMARTLEAD_API_KEY: 'bad-key-77c1' };
  await trial.summary(['ingest', 'leads.csv'], { env: bad });
  const refused = await status(trial, [], bad);
  expect(refused).toMatchObject({
    held: { auth: 3 },
    queue: { now: { leads: 0 }, waiting_for_stop: { leads: 3 } },
    stops: [{ campaign: null, reason: 'auth' }],
    oldest_waiting: { hold_reason: 'auth' },
  });
  expect(await status(trial)).toMatchObject({ queue: { now: { leads: 3, requests: 3 } }, stops: [] });
  // with no key at hand every stop of the database is shown
  const without = await trial.run(['status'], { env: { SMARTLEAD_API_KEY: '' } });
  expect(without.stdout).toMatch(
    /^Stopped +the key since \S+: Smartlead refused the key \(401 Invalid API Key\); put the right key in place/m,
  );
  expect(without.stdout).toMatch(/no key at hand/);
  expect(without.stdout).not.toContain('bad-key');
});

test('--fail-below and --fail-over-age end with 3 and one line that says which limit was passed', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(3));
  await trial.summary(['ingest', 'leads.csv']);
  const limits = ['status', '--quiet', '--fail-below', '95%', '--fail-over-age', '1d'];
  expect(await trial.run(limits)).toMatchObject({ code: 0, stdout: '', stderr: '' });

  change(trial, 'UPDATE attempts SET proven = 94, failed = 6');
  const below = await trial.run(limits);
  expect(below).toMatchObject({ code: 3, stdout: '' });
  expect(below.stderr).toBe('drason: 94% of the pushes of the last 24 hours succeeded (94 of 100), less than 95%\n');
  expect(await trial.run(['status', '--quiet', '--fail-below', '94%'])).toMatchObject({ code: 0, stderr: '' });

  change(
    trial,
    `UPDATE leads SET status = 'HELD', hold_reason = 'unknown', waiting_since = ${LAST_DAYS} WHERE email = 'lead1@example.com'`,
  );
  const old = await trial.run(['status', '--quiet', '--fail-over-age', '1d']);
  expect(old.code).toBe(3);
  expect(old.stderr).toMatch(
    /^drason: lead1@example.com has waited 2d \S* ?for its push \(unknown\), longer than 1d\n$/,
  );
  expect(await trial.run(['status', '--quiet', '--fail-over-age', '3d'])).toMatchObject({ code: 0, stderr: '' });

  const both = await status(trial, ['--fail-below', '95%', '--fail-over-age', '1d']);
  expect(both.code).toBe(3);
  expect(both.stderr.trim().split('\n')).toHaveLength(1);
  expect(both.alarm).toMatch(/less than 95%; lead1@example.com has waited/);
});

test('nothing pushed and nothing waiting is no alarm', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1, 'CTO'));
  await trial.summary(['ingest', 'leads.csv']);
  const now = await status(trial, ['--fail-below', '100%', '--fail-over-age', '1ms']);
  expect(now).toMatchObject({ code: 0, alarm: null, stderr: '', success: { last_24_hours: { rate: null } } });
});

test.each([
  ['--fail-below', '101%'],
  ['--fail-below', '0.95'],
  ['--fail-below', 'most'],
  ['--fail-over-age', '1'],
  ['--fail-over-age', 'long'],
  ['--fail-over-age', '2y'],
])('%s %s is refused, with the flag named', async (flag, value) => {
  const trial = await startTrial();
  const result = await trial.run(['status', flag, value]);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`${flag}: expected`);
});

test('without a database it ends with 2, names the path and makes none', async () => {
  const trial = await startTrial();
  const result = await trial.run(['status']);
  expect(result.code).toBe(2);
  expect(result.stderr).toContain(`there is no database at ${join(trial.dir, 'trial.db')}`);
  expect(existsSync(join(trial.dir, 'trial.db'))).toBe(false);
});

test('it reads only, asks Smartlead nothing, and shows one organization', async () => {
  const rules = `organizations:\n  acme: { rules: [{ persona: VP Sales, target_campaign_id: "123456" }] }\n  globex: { rules: [] }\n`;
  const trial = await startTrial({ rules });
  trial.write('leads.csv', manyLeads(2));
  await trial.summary(['ingest', 'leads.csv', '--org', 'acme']);
  trial.requests.length = 0;
  expect(await status(trial, ['--org', 'acme'])).toMatchObject({ organization: 'acme', leads: { total: 2 } });
  expect(await status(trial, ['--org', 'globex'])).toMatchObject({ organization: 'globex', leads: { total: 0 } });
  expect(trial.requests).toEqual([]);
  const unnamed = await trial.run(['status']);
  expect(unnamed.code).toBe(2);
  expect(unnamed.stderr).toMatch(/several organizations: acme, globex/);
});
