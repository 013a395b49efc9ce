import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { RULES } from '../helpers/doors.js';
import { until } from '../helpers/faults.js';
import { BIN } from '../helpers/run-cli.js';
import { createKey, type Serving, startServe } from '../helpers/serve.js';
import { manyLeads, startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const ROWS = 100_000;
const EVERY_MS = 20;

/** The value that `share` of the sorted ones do not exceed, milliseconds. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
}

const figuresOf = (times: readonly number[]) =>
  `${times.length} × ${[0.5, 0.99, 1].map((share) => percentile(times, share)).join(' / ')} ms`;

/** Asks again and again at a steady pace, however long the answers take, until told to stop. */
async function measure(going: () => boolean, ask: (n: number) => Promise<{ status: number }>): Promise<number[]> {
  const times: number[] = [];
  const answers: Array<Promise<void>> = [];
  const began = performance.now();
  for (let n = 0; going(); n++) {
    const due = began + n * EVERY_MS;
    await wait(Math.max(0, due - performance.now()));
    answers.push(
      ask(n).then(({ status }) => {
        expect(status).toBe(200);
        times.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(answers);
  return times;
}

async function probe(serving: Serving, key: string, name: string, going: () => boolean) {
  const [health, posts] = await Promise.all([
    measure(going, () => serving.get('/healthz')),
    measure(going, (n) => {
      const lead = { email: `${name}${n}@example.com`, persona: 'VP Sales', lead_score: 85 };
      return serving.post('/api/ingest?wait=0', lead, { 'x-api-key': key });
    }),
  ]);
  return { health, posts };
}

test('while an ingest of 100,000 rows runs on the same database, /healthz takes 100 ms and a post 500 ms at most (p99)', async () => {
  const trial = await startTrial({ rules: RULES });
  const { key } = await createKey(trial);
  trial.write('large.csv', manyLeads(ROWS));
  const serving = await startServe(trial);
  let alone = true;
  const before = probe(serving, key, 'before', () => alone);
  await wait(3000);
  alone = false;
  await before;

  const ingest = spawn(process.execPath, [BIN, 'ingest', 'large.csv', '--quiet'], {
    cwd: trial.dir,
    env: {
      PATH: process.env.PATH,
      HOME: trial.dir,
      SMARTLEAD_BASE_URL: trial.sandbox.url,
      SMARTLEAD_API_KEY: 'trial-key-5f2a',
      DRASON_DB: join(trial.dir, 'trial.db'),
    },
    stdio: 'ignore',
  });
  const ended = once(ingest, 'exit');
  onTestFinished(async () => {
    ingest.kill('SIGKILL');
    await ended;
  });
  const stored = () => trial.query("SELECT 1 FROM leads WHERE email = 'lead99999@example.com'").length === 1;
  expect(await until(() => trial.query("SELECT 1 FROM leads WHERE email = 'lead0@example.com'").length === 1)).toBe(
    true,
  );
  const began = performance.now();
  let going = true;
  const probing = probe(serving, key, 'during', () => going);
  while (!stored()) await wait(200);
  const took = performance.now() - began;
  going = false;
  const { health, posts } = await probing;
  const alone_ = await before;
  record('serve beside an ingest of 100,000 rows (count × median / p99 / most)', {
    'stored in': `${(took / 1000).toFixed(1)} s`,
    '/healthz': figuresOf(health),
    post: figuresOf(posts),
    '/healthz alone': figuresOf(alone_.health),
    'post alone': figuresOf(alone_.posts),
  });
  expect(percentile(health, 0.99)).toBeLessThanOrEqual(100);
  expect(percentile(posts, 0.99)).toBeLessThanOrEqual(500);
});
