import { expect, test } from 'vitest';
import { erasePerson } from '../../src/store/leads/forget.js';
import { countRunLeads } from '../../src/store/log/runs.js';
import { addresses, newRun, newStore, queue } from './helper.js';

test('a run counts the leads that it made and those that it knew, and none of a run beside it', async () => {
  const store = await newStore();
  const earlier = await newRun(store);
  await queue(store, earlier, addresses(3, 'known'));
  const [run, beside] = [await newRun(store), await newRun(store)];
  for (const part of ['a', 'b']) {
    await queue(store, run, addresses(2, `mine-${part}`));
    await queue(store, beside, addresses(5, `other-${part}`));
  }
  await queue(store, run, addresses(2, 'known'));
  expect((await countRunLeads(store, run)).reduce((sum, { n }) => sum + n, 0)).toBe(6);
  expect((await countRunLeads(store, beside)).reduce((sum, { n }) => sum + n, 0)).toBe(10);
});

test('a lead that gets the number of one that is gone is counted by the run that made it', async () => {
  const store = await newStore();
  await queue(store, await newRun(store), ['first@example.com', 'second@example.com']);
  const run = await newRun(store);
  await queue(store, run, ['third@example.com']);
  for (const email of ['second@example.com', 'third@example.com']) await erasePerson(store, 'default', email);
  await queue(store, run, addresses(2));
  expect(await countRunLeads(store, run)).toMatchObject([{ n: 2 }]);
});
