import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { ownServer, until } from '../helpers/faults.js';
import { manyLeads, startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

test.each<Fault>(['hang', 'hang-after', 'slow-drip'])(
  'a server that goes on without end (%s) costs 30 s, and makes nobody ACTIVE',
  async (fault) => {
    const trial = await startTrial({ faults: ({ n }) => (n === 0 ? fault : undefined) });
    trial.write('leads.csv', manyLeads(100));
    const began = performance.now();
    const summary = await trial.summary(['ingest', 'leads.csv']);
    const took = performance.now() - began;
    record(`Time-out: ${fault}`, { took: seconds(took), active: summary.outcomes.active });
    expect(summary).toMatchObject({ exit_code: 3, outcomes: { active: 0 }, held_reasons: { unknown: 100 } });
    expect(took).toBeGreaterThan(29_000);
    expect(took).toBeLessThan(35_000);
    expect(await trial.summary(['retry', '--held', '--now'])).toMatchObject({ outcomes: { active: 100 } });
    expect(trial.memberships()).toHaveLength(100);
  },
);

test('a pause of 30 s is kept by two processes, and both finish after it', async () => {
  let refusedAt = 0;
  const trial = await startTrial({ rateLimit: null });
  const { url, seen } = await ownServer((response, all) => {
    if (all.length === 1) refusedAt = performance.now();
    response.writeHead(all.length === 1 ? 429 : 401, { 'content-type': 'application/json', 'retry-after': '30' });
    response.end('{"message":"no"}');
  });
  const env = { SMARTLEAD_BASE_URL: url };
  for (const name of ['a', 'b']) trial.write(`${name}.csv`, manyLeads(50, 'VP Sales', 85, name));
  const first = trial.summary(['ingest', 'a.csv'], { env });
  expect(await until(() => refusedAt > 0)).toBe(true);
  await wait(500);
  const codes = (await Promise.all([first, trial.summary(['ingest', 'b.csv'], { env })])).map((run) => run.exit_code);
  expect(codes).toEqual([4, 4]);
  const [, next] = seen.map(({ at }) => at - refusedAt);
  record('A pause of 30 s, two processes', { 'first request after it': seconds(next ?? 0), attempts: 0 });
  expect(next).toBeGreaterThanOrEqual(29_990);
  expect(trial.query('SELECT DISTINCT push_attempts AS n FROM leads')).toEqual([{ n: 0 }]);
});
