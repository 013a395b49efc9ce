import { expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.js';
import { CAN_FILL_DISK, type FaultPlan, faultEnv } from '../helpers/faults.js';
import { drive, echoServer, formsOf, hits, PLANTED } from '../helpers/planted-key.js';
import { startTrial } from '../helpers/trial.js';

const WAYS = [['--verbose'], ['--verbose', '--json']];
/** Those that no other test of secrets goes through. */
const FAULTS: readonly Fault[] = ['404', 'reset-before', 'empty'];

test.each(FAULTS)('the planted key is found nowhere, in no way of writing, after the fault %s', async (fault) => {
  const trial = await startTrial({ processes: true, faults: () => fault });
  const results = await drive(trial, {}, WAYS);
  expect(trial.requests[0]?.key).toBe(PLANTED);
  expect(hits(trial, results)).toEqual([]);
});

const PLANS: FaultPlan[] = [
  { killAt: 'after the claim has committed' },
  { killAt: 'before the settle commits' },
  ...(CAN_FILL_DISK ? [{ diskFullAt: 'settle' } as const] : []),
];

test.each(PLANS)('the planted key is found nowhere after %o', async (plan) => {
  const trial = await startTrial({ processes: true });
  const results = await drive(trial, faultEnv(plan), WAYS);
  expect(trial.query('SELECT id FROM attempts').length).toBeGreaterThan(0);
  expect(hits(trial, results)).toEqual([]);
});

test.each([200, 403, 429, 500])(
  'a server that repeats the request and the key in a %i is not repeated',
  async (status) => {
    const trial = await startTrial({ processes: true });
    const url = await echoServer(status, formsOf(PLANTED).slice(0, 5));
    const results = await drive(trial, { SMARTLEAD_BASE_URL: url }, WAYS);
    expect(hits(trial, results)).toEqual([]);
  },
);

// Known gap: only the key as it is and as encodeURIComponent() writes it are masked, while drason itself sends the form
// of URLSearchParams, which differs for ! ' ( ) and ~.
test('a key with signs that only some encodings touch is masked in the form it was sent in', async () => {
  const key = `${PLANTED}!(x)~'y'`;
  const trial = await startTrial({ processes: true });
  const url = await echoServer(500, [new URLSearchParams({ k: key }).toString().slice(2)]);
  const results = await drive(trial, { SMARTLEAD_BASE_URL: url, SMARTLEAD_API_KEY: key }, WAYS);
  expect(hits(trial, results, key)).toEqual([]);
});
