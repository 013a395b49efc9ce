import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { ownServer, until } from '../helpers/faults.js';
import { leadCsv, manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

/** Changes the trial's database as no command does. */
function change(trial: Trial, sql: string): void {
  const db = new BetterSqlite3(join(trial.dir, 'trial.db'));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

const MIXED = leadCsv([
  ['active@example.com', 'VP Sales', 85],
  ['pool@example.com', 'Nobody', 10],
  ['b@example.com', 'VP Sales', 65],
]);

test('runs are listed newest first, each with what it did and what it left undone', async () => {
  const trial = await startTrial({ campaigns: ['123456'] });
  trial.write('one.csv', MIXED);
  trial.write('two.csv', manyLeads(2, 'Nobody', 1, 'other'));
  const first = await trial.summary(['ingest', 'one.csv']);
  const second = await trial.summary(['ingest', 'two.csv', '--no-push']);
  const third = await trial.summary(['retry', '--held', '--reason', 'no_route']);

  const { stdout } = await trial.run(['runs', '--json']);
  const { rows } = JSON.parse(stdout);
  expect(rows.map(({ id }: { id: string }) => id)).toEqual([third.run_id, second.run_id, first.run_id]);
  expect(rows[2]).toMatchObject({
    command: 'ingest',
    inputs: ['one.csv'],
    state: 'ended',
    exit_code: 3,
    rows: 3,
    outcomes: first.outcomes,
    undone: { campaign_not_found: 1 },
    no_route: 1,
    started_at: expect.stringMatching(/Z$/),
  });
  expect(rows[1]).toMatchObject({ undone: {}, no_route: 2 });
  expect(rows[0]).toMatchObject({ command: 'retry', rows: 3 });

  const table = (await trial.run(['runs', '--limit', '2'])).stdout.trimEnd().split('\n');
  expect(table).toHaveLength(3);
  expect(table[1]).toContain(third.run_id);
  expect((await trial.run(['runs', '--since', '2099-01-01', '--format', 'ndjson'])).stdout).toBe('');

  const shown = await trial.run(['runs', 'show', first.run_id]);
  expect(shown.stdout).toMatch(/^Left undone +1 campaign_not_found: Smartlead does not know the campaign$/m);
  expect(shown.stdout).toMatch(/^Problem +campaign 123457: /m);
  expect(shown.stdout).toMatch(/^Holding pool +1: no rule matches$/m);
  expect(shown.stdout.trimEnd().split('\n').at(-1)).toContain(`drason retry --held --run ${first.run_id}`);
  const full = JSON.parse((await trial.run(['runs', 'show', first.run_id, '--json'])).stdout);
  expect(full).toMatchObject({ schema: 1, id: first.run_id, problems: first.problems });
  expect((await trial.run(['runs', 'show', 'nope'])).code).toBe(2);
});

test('a run is meant by last, and by as much of its id as no other begins with', async () => {
  const trial = await startTrial();
  trial.write('one.csv', manyLeads(2, 'Nobody'));
  expect((await trial.run(['runs', 'show', 'last'])).stderr).toContain('there is no database at');
  const first = await trial.summary(['ingest', 'one.csv']);
  const second = await trial.summary(['retry', '--held', '--reason', 'no_route']);
  const differs = [...first.run_id].findIndex((sign, at) => sign !== second.run_id[at]);
  const shared = first.run_id.slice(0, differs);

  const shown = async (id: string) => JSON.parse((await trial.run(['runs', 'show', id, '--json'])).stdout);
  expect(await shown('last')).toMatchObject({ id: second.run_id });
  expect(await shown(first.run_id.slice(0, differs + 1).toUpperCase())).toMatchObject({ id: first.run_id });
  const { error } = await shown(shared);
  expect(error.message).toContain(`several runs begin with ${shared}: `);
  for (const { run_id } of [first, second]) expect(error.message).toContain(run_id);

  const emails = async (id: string) =>
    (await trial.run(['leads', '--run', id, '--format', 'csv', '--columns', 'email'])).stdout;
  expect((await emails(first.run_id.slice(0, differs + 1))).trim().split('\n')).toHaveLength(3);
  expect((await trial.run(['retry', '--held', '--run', shared])).code).toBe(2);
  expect((await trial.run(['audit', '--run', 'nope', '--json'])).code).toBe(2);
});

test('the command that a run shows goes on with what it left', async () => {
  const trial = await startTrial({ campaigns: ['123456'] });
  trial.write('one.csv', MIXED);
  const { run_id } = await trial.summary(['ingest', 'one.csv']);
  trial.sandbox.account.ensureCampaigns(['123457']);
  const { next } = JSON.parse((await trial.run(['runs', 'show', run_id, '--json'])).stdout);
  expect((await trial.run(next.split(' ').slice(1))).code).toBe(0);
  expect(trial.states()).toEqual({ ACTIVE: 2, 'HELD no_route': 1 });
});

test('a run whose process is gone has died, and one at work is running and cannot be discarded', async () => {
  const trial = await startTrial();
  const { url, seen } = await ownServer(() => {
    // never answers
  });
  trial.write('leads.csv', `${manyLeads(3, 'Nobody')}pushed@example.com,P,L,C,VP Sales,85\n`);
  const listed = async () => JSON.parse((await trial.run(['runs', '--json'])).stdout).rows[0];
  const killed = await trial.run(['ingest', 'leads.csv'], {
    env: { SMARTLEAD_BASE_URL: url },
    async onStart(child) {
      await until(() => seen.length === 1);
      const run = await listed();
      const refused = await trial.run(['runs', 'discard', run.id, '--yes']);
      child.kill('SIGKILL');
      expect(run).toMatchObject({ state: 'running', exit_code: null, outcomes: null });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/still at work/) });
    },
  });
  expect(killed.signal).toBe('SIGKILL');
  const run = await listed();
  expect(run).toMatchObject({ state: 'died', exit_code: null, undone: { queued: 1 }, no_route: 3 });
  const { stdout } = await trial.run(['runs', 'show', run.id]);
  expect(stdout).toMatch(/^State +its process ended/m);
  // All of its file was read: what is left is to push what is held.
  expect(stdout).not.toContain('to its end');
  expect(stdout).toMatch(/^Next +drason retry --held --run /m);

  const discarded = await trial.run(['runs', 'discard', run.id, '--yes']);
  expect(discarded).toMatchObject({ code: 0, stdout: '3 leads removed\n1 stay: in flight\n' });
  expect(trial.query('SELECT email FROM leads')).toEqual([{ email: 'pushed@example.com' }]);
});

test('a wrong file is taken back, with an entry for each lead and one for the run', async () => {
  const trial = await startTrial();
  trial.write('wrong.csv', `${manyLeads(5, 'VP Sales').trim()}\n`);
  const { run_id } = await trial.summary(['ingest', 'wrong.csv', '--no-push']);
  const ids = trial.query<{ id: string }>('SELECT id FROM leads ORDER BY seq').map(({ id }) => id);

  const unasked = await trial.run(['runs', 'discard', run_id]);
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toMatch(/--yes/);
  expect(trial.query('SELECT 1 FROM leads')).toHaveLength(5);

  const { code, stdout } = await trial.run(['runs', 'discard', run_id, '--yes']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '5 leads removed\n' });
  expect(trial.query('SELECT 1 FROM leads')).toEqual([]);
  const log = trial.query<{ entity: string; entity_id: string; details: string }>(
    "SELECT entity, entity_id, details FROM audit_logs WHERE action = 'discarded' ORDER BY id",
  );
  expect(
    log
      .filter(({ entity }) => entity === 'lead')
      .map(({ entity_id }) => entity_id)
      .sort(),
  ).toEqual(ids);
  const [entry, ...others] = log.filter(({ entity }) => entity === 'run');
  expect(others).toEqual([]);
  expect(entry?.entity_id).toBe(run_id);
  expect(JSON.parse(entry?.details ?? '')).toMatchObject({ run: run_id, removed: 5 });
  expect((await trial.run(['runs'])).stdout).toMatch(/ 0, discarded /);

  // The same people may come again, as new leads.
  expect(await trial.summary(['ingest', 'wrong.csv'])).toMatchObject({ outcomes: { active: 5 } });
  expect(trial.memberships()).toHaveLength(5);
});

test('a lead stays that is older, pushed, tried, in flight or touched later, and it is said how many and why', async () => {
  const rules = rulesFor([
    ['A', '1'],
    ['B', '2'],
  ]);
  const trial = await startTrial({ rules, campaigns: ['1'] });
  const lead = (email: string, persona = 'Nobody') => [`${email}@example.com`, persona, 1] as const;
  trial.write('older.csv', leadCsv([lead('older')]));
  await trial.summary(['ingest', 'older.csv']);
  const stop = 'unsubscribed';
  trial.write(
    'wrong.csv',
    leadCsv([
      lead('older', 'Somebody'),
      lead('pushed', 'A'),
      lead('tried', 'B'),
      lead('flying'),
      lead('again'),
      lead('retried'),
      lead('listed'),
      lead('gone'),
      lead('also-gone'),
    ])
      .replace('lead_score', `lead_score,${stop}`)
      .replace(/^(also-gone.*)$/m, '$1,yes')
      .replace(/^(?!email|also)(.+)$/gm, '$1,'),
  );
  const { run_id } = await trial.summary(['ingest', 'wrong.csv']);
  trial.write('later.csv', leadCsv([lead('again')]));
  await trial.summary(['ingest', 'later.csv']);
  await trial.summary(['retry', '--held', '--email', 'retried@example.com']);
  change(trial, "UPDATE leads SET attempt_id = 99 WHERE email = 'flying@example.com'");
  // A run on another machine, of which nobody knows whether it has ended, has this lead on its list.
  change(
    trial,
    `INSERT INTO runs (id, organization_id, command, inputs, host, boot_id, pid, process_started, started_at)
       VALUES ('far', 'default', 'retry', '{}', 'far away', 'x', 1, '1', '2026-01-01T00:00:00.000Z');
     INSERT INTO run_leads SELECT (SELECT seq FROM runs WHERE id = 'far'), seq, 0 FROM leads WHERE email = 'listed@example.com'`,
  );

  const { stdout, code } = await trial.run(['runs', 'discard', run_id, '--yes', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema: 1,
    run_id,
    removed: 2,
    stay: { touched_later: 3, pushed_or_tried: 2, in_flight: 1, older: 1 },
    suppressions: 1,
    complete: true,
    exit_code: 0,
  });
  const left = trial.query<{ email: string }>('SELECT email FROM leads ORDER BY email').map(({ email }) => email);
  const stays = ['again', 'flying', 'listed', 'older', 'pushed', 'retried', 'tried'];
  expect(left).toEqual(stays.map((name) => `${name}@example.com`));
  expect(trial.query('SELECT value FROM suppressions')).toEqual([{ value: 'also-gone@example.com' }]);

  const once = await trial.run(['runs', 'discard', run_id, '--yes']);
  expect(once.stdout).toMatch(/^0 leads removed$/m);
  expect(once.stdout).toMatch(/^1 stay: older than the run/m);
  expect(once.stdout).toMatch(/^2 stay: pushed, or tried/m);
  expect(once.stdout).toMatch(/^1 stay: in flight$/m);
  expect(once.stdout).toMatch(/^3 stay: touched by a later run$/m);
  expect(once.stdout).toMatch(/^1 addresses that the file wanted never to be mailed stay suppressed$/m);
  expect(trial.query("SELECT 1 FROM audit_logs WHERE action = 'discarded' AND entity = 'run'")).toHaveLength(1);

  expect((await trial.run(['runs', 'discard', 'far', '--yes'])).code).toBe(2);
});

test('a discard that is killed in the middle goes on when it is given again, and notes each lead once', async () => {
  const trial = await startTrial();
  const count = 12_000;
  trial.write('wrong.csv', manyLeads(count, 'Nobody'));
  const { run_id } = await trial.summary(['ingest', 'wrong.csv', '--no-push']);
  const left = () => trial.query<{ n: number }>('SELECT count(*) AS n FROM leads')[0]?.n ?? 0;
  const args = ['runs', 'discard', run_id, '--yes'];
  const killed = await trial.run(args, {
    async onStart(child) {
      await until(() => left() < count);
      child.kill('SIGKILL');
    },
  });
  expect(killed.signal).toBe('SIGKILL');
  const rest = left();
  expect(rest).toBeGreaterThan(0);
  expect(rest).toBeLessThan(count);

  expect(await trial.run(args)).toMatchObject({ code: 0, stdout: `${rest.toLocaleString('en')} leads removed\n` });
  expect(left()).toBe(0);
  const [log] = trial.query(
    "SELECT count(*) AS n, count(DISTINCT entity_id) AS leads FROM audit_logs WHERE action = 'discarded' AND entity = 'lead'",
  );
  expect(log).toEqual({ n: count, leads: count });
  const [entry] = trial.query<{ details: string }>("SELECT details FROM audit_logs WHERE entity = 'run'");
  expect(JSON.parse(entry?.details ?? '')).toMatchObject({ removed: count });
});

test('a discard that is interrupted stops between two batches and says how to go on', async () => {
  const trial = await startTrial();
  const count = 12_000;
  trial.write('wrong.csv', manyLeads(count, 'Nobody'));
  const { run_id } = await trial.summary(['ingest', 'wrong.csv', '--no-push']);
  const left = () => trial.query<{ n: number }>('SELECT count(*) AS n FROM leads')[0]?.n ?? 0;
  const stopped = await trial.run(['runs', 'discard', run_id, '--yes'], {
    async onStart(child) {
      await until(() => left() < count);
      child.kill('SIGINT');
    },
  });
  expect(stopped.code).toBe(130);
  expect(left()).toBeGreaterThan(0);
  expect(stopped.stderr).toMatch(`Go on with: drason runs discard ${run_id} --yes`);
});

test('a retry made no leads, so there is nothing to discard', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(1, 'Nobody'));
  await trial.summary(['ingest', 'leads.csv']);
  const { run_id } = await trial.summary(['retry', '--held']);
  const { code, stderr } = await trial.run(['runs', 'discard', run_id, '--yes']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/is a retry/);
});
