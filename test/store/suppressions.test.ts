import { expect, test } from 'vitest';
import { addSuppressions } from '../../src/store/leads/suppressions.js';
import { settleAttempt } from '../../src/store/queue/settling.js';
import { actions, claimed, KEY, newRun, newStore, queue, rows, settledAs, settlement } from './helper.js';

test('a lead that is suppressed in flight is blocked when its push has failed, and stays ACTIVE when it got through', async () => {
  const store = await newStore();
  const run = await newRun(store);
  const emails = ['failed@acme.com', 'passed@acme.com', 'unsure@acme.com', 'other@globex.com'];
  await queue(store, run, emails);
  const claim = await claimed(store, run);
  const { blocked } = await addSuppressions(store, 'default', ['acme.com'], { reason: 'a client', source: 'test' });
  expect(blocked).toBe(0);
  const states = [
    { hold_reason: 'push_failed' },
    { status: 'ACTIVE' },
    { hold_reason: 'unknown', push_group: 1000 },
    { hold_reason: 'push_failed' },
  ] as const;
  const leads = claim.leads.map((lead, index) => settledAs(lead, states[index] ?? {}));
  await settleAttempt(store, run, KEY, claim, settlement(leads));
  const now = rows(store);
  const stateOf = (email: string) => now.get(email)?.hold_reason ?? now.get(email)?.status;
  expect(emails.map(stateOf)).toEqual(['BLOCKED', 'ACTIVE', 'unknown', 'push_failed']);
  expect(actions(store, 'failed@acme.com')).toEqual(['push_failed', 'blocked']);
});
