import { expect, test } from 'vitest';
import { heldLeads, putInLine } from '../../src/store/held-leads.js';
import { listStops } from '../../src/store/stops.js';
import { actions, KEY, newRun, queue } from '../store/helper.js';
import { startBench } from './helper.js';

test.each([
  ['404', 'campaign_not_found'],
  ['401', 'auth'],
] as const)(
  'a probe behind a stop (%s) is no push: no row, no failure, and the stop keeps its beginning',
  async (fault, reason) => {
    const bench = await startBench({ faults: () => fault });
    await queue(bench.store, bench.run, ['a@acme.com']);
    await bench.deliver();
    const rowsBefore = actions(bench.store, 'a@acme.com');
    const [first] = await listStops(bench.store, KEY);
    for (let n = 0; n < 3; n++) {
      const run = await newRun(bench.store);
      await putInLine(bench.store, run, await heldLeads(bench.store, 'default', { reason, onlyDue: false }, 0, 1));
      await bench.deliver({ run });
    }
    expect(bench.posts()).toHaveLength(4);
    expect(bench.states()).toEqual({ [reason]: 1 });
    expect(actions(bench.store, 'a@acme.com')).toEqual(rowsBefore);
    expect(bench.store.db.prepare('SELECT sum(failed) AS n FROM attempts').get()).toEqual({ n: 1 });
    const [last] = await listStops(bench.store, KEY);
    expect(last?.since).toBe(first?.since);
    const tried = bench.store.db.prepare<[], { tried_at: string }>('SELECT tried_at FROM stops').get()?.tried_at;
    expect(tried && first && tried > first.since).toBe(true);
  },
);
