import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { type AtPty, HAS_PTY, startAtPty } from '../helpers/pty.js';
import { manyLeads, rulesFor, startTrial, type Trial } from '../helpers/trial.js';

const RULES = rulesFor([['VP Sales', '123456']], 'smartlead:\n  rate_limit: [{ requests: 100, per: 100ms }]\n');
const FILE_ROWS = 60_000;

function at(trial: Trial, args: readonly string[], screen: Partial<Parameters<typeof startAtPty>[1]> = {}): AtPty {
  const started = startAtPty(args, {
    cwd: trial.dir,
    env: {
      SMARTLEAD_BASE_URL: trial.sandbox.url,
      SMARTLEAD_API_KEY: 'trial-key-5f2a',
      DRASON_DB: join(trial.dir, 'trial.db'),
    },
    ...screen,
  });
  onTestFinished(async () => {
    started.close();
    await started.ended;
  });
  return started;
}

const oneRun = async (trial: Trial, id = '') => {
  const { rows } = JSON.parse((await trial.run(['runs', '--json'])).stdout);
  return id === '' ? rows[0] : rows.find((row: { id: string }) => row.id === id);
};

test.skipIf(!HAS_PTY).each([
  [0, 0],
  [1, 1],
  [24, 1],
  [24, 0],
  [24, 25],
])('on a terminal of %i × %i a run ends, and writes no more than it has to say', async (rows, columns) => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 150 });
  trial.write('leads.csv', manyLeads(2000));
  for (const args of [['ingest', 'leads.csv'], ['retry', '--held', '--now'], ['reconcile'], ['leads'], ['status']]) {
    const run = at(trial, args, { rows, columns });
    expect(await run.ended, args.join(' ')).toBe('exit 0');
    expect(run.shown().length, args.join(' ')).toBeLessThan(30_000);
    expect(run.shown().length).toBeGreaterThan(60);
  }
  expect(trial.states()).toEqual({ ACTIVE: 2000 });
});

test.skipIf(!HAS_PTY)('SIGTERM ends a run on a terminal without a size', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 400 });
  trial.write('leads.csv', manyLeads(FILE_ROWS));
  const run = at(trial, ['ingest', 'leads.csv'], { rows: 0, columns: 0 });
  while (trial.pushes().length < 2) await wait(20);
  const [{ pid }] = trial.query<{ pid: number }>('SELECT pid FROM runs') as [{ pid: number }];
  process.kill(pid, 'SIGTERM');
  expect(await run.ended).toBe('exit 143');
});

test.skipIf(!HAS_PTY).each(['own', 'foreign'] as const)(
  'a terminal (%s) that is closed in the middle of a file ends the run in order, and the file is known as half read',
  async (kind) => {
    const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 300 });
    trial.write('big.csv', manyLeads(FILE_ROWS));
    trial.write('small.csv', manyLeads(1, 'VP Sales', 85, 'small'));
    const run = at(trial, ['ingest', 'small.csv', 'big.csv'], { kind });
    while (trial.pushes().length < 2) await wait(20);
    run.close();
    expect(await run.ended).toBe('exit 129');

    const half = await oneRun(trial);
    expect(half).toMatchObject({ state: 'ended', exit_code: 129, read_to_end: false, unread: ['big.csv'] });
    expect(half.rows).toBeLessThan(FILE_ROWS);
    expect((await trial.run(['runs'])).stdout).toContain('not read to its end: big.csv');
    const shown = (await trial.run(['runs', 'show', half.id])).stdout;
    expect(shown).toMatch(/^Not read +big\.csv: not read to its end$/m);
    expect(shown).toMatch(/^Next +drason ingest small\.csv big\.csv /m);
    expect((await trial.run(['status'])).stdout).toContain(`big.csv was not read to its end by run ${half.id}`);
    expect(JSON.parse((await trial.run(['status', '--json'])).stdout).unread_inputs).toEqual([
      { input: 'big.csv', run_id: half.id, since: half.started_at },
    ]);
    expect((await trial.run(['doctor'])).stdout).toContain('big.csv was not read to its end');

    // Read to its end, by whatever run, nothing of the kind is said any more.
    expect((await trial.run(['ingest', 'big.csv', '--no-push'])).code).toBe(0);
    expect(await oneRun(trial)).toMatchObject({ read_to_end: true, unread: [] });
    for (const command of ['status', 'doctor']) expect((await trial.run([command])).stdout).not.toContain('to its end');
  },
  120_000,
);

test.skipIf(!HAS_PTY)(
  'retry, reconcile, serve and a followed log end with 129 when their terminal is closed',
  async () => {
    const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 300 });
    trial.write('leads.csv', manyLeads(4000));
    await trial.run(['ingest', 'leads.csv', '--no-push']);
    const { id } = await oneRun(trial);
    const asked = async (n: number) => {
      while (trial.requests.length < n) await wait(20);
    };

    const retry = at(trial, ['retry', '--held', '--run', id]);
    await asked(2);
    retry.close();
    expect(await retry.ended).toBe('exit 129');
    const [run] = JSON.parse((await trial.run(['runs', '--json'])).stdout).rows;
    expect(run).toMatchObject({ command: 'retry', exit_code: 129, read_to_end: null, unread: [] });
    expect((await trial.run(['status'])).stdout).not.toContain('to its end');

    const before = trial.requests.length;
    const reconcile = at(trial, ['reconcile']);
    await asked(before + 1);
    reconcile.close();
    expect(await reconcile.ended).toBe('exit 129');

    for (const args of [
      ['serve', '--port', '0'],
      ['audit', '--follow'],
    ]) {
      const going = at(trial, args);
      while (!/listening|When/.test(going.shown())) await wait(20);
      going.close();
      expect(await going.ended, args[0]).toBe('exit 129');
    }
  },
);

test('an input that is killed away, or breaks off, is half read; one that ends is not', async () => {
  const trial = await startTrial({ rules: RULES, rateLimit: null, latencyMs: 300 });
  trial.write('big.csv', manyLeads(FILE_ROWS));
  const killed = trial.run(['ingest', 'big.csv'], {
    onStart: async (child) => {
      while (trial.pushes().length < 1) await wait(20);
      child.kill('SIGKILL');
    },
  });
  expect((await killed).signal).toBe('SIGKILL');
  expect(await oneRun(trial)).toMatchObject({ state: 'died', read_to_end: false, unread: ['big.csv'] });

  const packed = gzipSync(manyLeads(20_000, 'Nobody', 1, 'other'));
  trial.write('broken.csv.gz', packed.subarray(0, packed.length / 2));
  const broken = await trial.summary(['ingest', 'broken.csv.gz']);
  expect(broken).toMatchObject({ exit_code: 3, read_to_end: false });
  expect(await oneRun(trial)).toMatchObject({ read_to_end: false, unread: ['broken.csv.gz'] });
  const whole = await trial.summary(['ingest', '-'], { stdin: 'email,persona\nb@example.com,X\n' });
  expect(whole.read_to_end).toBe(true);
  expect((await trial.summary(['ingest', '-', '--dry-run'], { stdin: 'email\nc@example.com\n' })).read_to_end).toBe(
    true,
  );
});
