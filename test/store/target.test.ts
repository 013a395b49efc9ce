import { expect, test } from 'vitest';
import { bindTarget } from '../../src/store/engine/target.js';
import { settleAttempt } from '../../src/store/queue/settling.js';
import { claimed, KEY, newRun, newStore, queue, settledAs, settlement } from './helper.js';

test('a database that rehearsed against this machine refuses real Smartlead, and the other way round', async () => {
  for (const [first, second, message] of [
    ['this machine', 'smartlead', /was used to rehearse/],
    ['smartlead', 'this machine', /holds leads of Smartlead/],
  ] as const) {
    const store = await newStore();
    const run = await newRun(store);
    await queue(store, run, ['a@example.com']);
    await bindTarget(store, first);
    await bindTarget(store, first);
    const claim = await claimed(store, run);
    const accepted = claim.leads.map((lead) => settledAs(lead, { status: 'ACTIVE' }));
    await settleAttempt(store, run, KEY, claim, settlement(accepted));
    await expect(bindTarget(store, second)).rejects.toThrow(message);
    await bindTarget(store, first);
  }
});

test('as long as nothing has reached anyone the database is free', async () => {
  const store = await newStore();
  await bindTarget(store, 'this machine');
  await bindTarget(store, 'smartlead');
  await expect(bindTarget(store, 'smartlead')).resolves.toBeUndefined();
});
