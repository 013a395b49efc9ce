import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { closeStore, openStoreReadOnly } from '../../src/store/engine/open.js';
import { LEAD_SORTS, leadPage } from '../../src/store/leads/lead-page.js';
import { manyLeads, startTrial } from '../helpers/trial.js';

test('a search that has no time goes on where it ended, and finds every lead once', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(5000, 'Chef'));
  await trial.run(['ingest', 'leads.csv']);
  const store = await openStoreReadOnly(join(trial.dir, 'trial.db'), 'live', systemClock);
  for (const sort of LEAD_SORTS) {
    const found: string[] = [];
    let brokenOff = 0;
    for (let after: number | undefined, more = true; more; ) {
      const page = await leadPage(store, 'default', { text: 'COMPANY 7' }, { sort, after, size: 300, budgetMs: 0 });
      found.push(...(page?.leads ?? []).map(({ email }) => email));
      if (page?.lookedAt !== undefined) brokenOff++;
      after = page?.next;
      more = after !== undefined;
    }
    expect(brokenOff, sort).toBeGreaterThan(0);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(111);
  }
  closeStore(store);
});

test('an order of addresses cannot go on from a lead that is gone', async () => {
  const trial = await startTrial();
  trial.write('leads.csv', manyLeads(3, 'Chef'));
  await trial.run(['ingest', 'leads.csv']);
  const store = await openStoreReadOnly(join(trial.dir, 'trial.db'), 'live', systemClock);
  const request = { sort: 'a-z' as const, after: 99, size: 10, budgetMs: 800 };
  expect(await leadPage(store, 'default', {}, request)).toBeUndefined();
  closeStore(store);
});
