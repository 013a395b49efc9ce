import { expect, test } from 'vitest';
import { FAULTS_AFTER, FAULTS_INSTEAD } from '../../src/sandbox/faults.js';
import { CAN_FILL_DISK, type FaultPlan, faultEnv } from '../helpers/faults.js';
import { drive, echoServer, formsOf, hits, PLANTED } from '../helpers/planted-key.js';
import { startTrial } from '../helpers/trial.js';
import { record } from './results.js';

const WAYS = [[], ['--verbose'], ['--json'], ['--verbose', '--json']].flatMap((way) => [way, way]);
/** Those that take 30 s are left out: what they end in is the same as a reset. */
const FAULTS = [undefined, ...FAULTS_INSTEAD, ...FAULTS_AFTER].filter(
  (fault) => fault !== 'hang' && fault !== 'hang-after' && fault !== 'slow-drip',
);
const POINTS: FaultPlan[] = [
  { killAt: 'before the claim commits' },
  { killAt: 'after the claim has committed' },
  { killAt: 'mid-body' },
  { killAt: 'before the settle commits' },
  { killAt: 'after the settle has committed' },
  ...(CAN_FILL_DISK ? ([{ diskFullAt: 'claim' }, { diskFullAt: 'settle' }] as const) : []),
];

test('the planted key, driven through every failure in every way of printing, is found nowhere', async () => {
  let runs = 0;
  const found: string[] = [];
  for (const fault of FAULTS) {
    const trial = await startTrial({ faults: () => fault });
    const results = await drive(trial, {}, WAYS);
    runs += results.length;
    found.push(...hits(trial, results).map((hit) => `${fault}: ${hit}`));
  }
  for (const plan of POINTS) {
    const trial = await startTrial();
    const results = await drive(trial, faultEnv(plan), WAYS);
    runs += results.length;
    found.push(...hits(trial, results).map((hit) => `${JSON.stringify(plan)}: ${hit}`));
  }
  for (const status of [200, 201, 307, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
    const trial = await startTrial();
    const url = await echoServer(status, formsOf(PLANTED).slice(0, 5));
    const results = await drive(trial, { SMARTLEAD_BASE_URL: url }, WAYS);
    runs += results.length;
    found.push(...hits(trial, results).map((hit) => `repeated in a ${status}: ${hit}`));
  }
  record('The key, planted', { runs, hits: found.length });
  expect(found).toEqual([]);
});
