import { systemClock } from '../../src/clock.js';
import type { StoreContext } from '../../src/store/engine/context.js';
import { closeStore, openStore } from '../../src/store/engine/open.js';
import { startRun } from '../../src/store/log/runs.js';
import { claimBatch } from '../../src/store/queue/claims.js';
import type { Bench } from '../bench.js';
import { inPairs, type Measure, seconds } from '../figures.js';
import { mixedDatabase } from '../mixed-database.js';

const LEADS = 100;

/** Makes a hundred leads due for a run of their own, claims them, and says how long the claim took, milliseconds. */
async function claim(store: StoreContext, from: number): Promise<number> {
  const run = await startRun(store, 'default', 'ingest', 'bench');
  store.db
    .prepare<[number, number, number]>(
      `UPDATE leads SET status = 'HELD', hold_reason = 'queued', assigned_campaign_id = '1', push_run_seq = ?,
         attempt_id = NULL, next_attempt_at = created_at, waiting_since = created_at WHERE seq > ? AND seq <= ?`,
    )
    .run(run.seq, from, from + LEADS);
  const began = performance.now();
  const answer = await claimBatch(store, {
    run,
    keyId: 'bench',
    batchSize: LEADS,
    windows: [{ requests: 1_000_000, perMs: 2000 }],
    onlyFullBatches: false,
    trying: new Set(),
    probed: new Set(),
    after: '',
  });
  const ms = performance.now() - began;
  if (answer.kind !== 'claimed' || answer.claim.leads.length !== LEADS) throw new Error(`claimed: ${answer.kind}`);
  return ms;
}

/** Opens a database of so many leads and claims leads from its middle once, so that both sides start warm. */
async function open(bench: Bench, rows: number): Promise<{ next: () => Promise<number>; close: () => void }> {
  const store = await openStore(await mixedDatabase(bench, rows), 'live', systemClock, false);
  const next = () => claim(store, Math.floor(rows / 2));
  await next();
  return { next, close: () => closeStore(store) };
}

export const claimMeasure: Measure = {
  name: 'claim',
  about: 'claiming 100 due leads among those of --rows, by the same among 1,000',
  async run(bench) {
    const many = await open(bench, bench.rows);
    const fewLeads = Math.min(1000, bench.rows / 5);
    const few = await open(bench, fewLeads);
    const timed = await inPairs(bench.smoke ? 1 : Math.max(bench.pairs, 25), many.next, few.next);
    many.close();
    few.close();
    return [
      {
        what: `claiming ${LEADS} due leads among ${bench.rows}, × among ${fewLeads}`,
        measured: seconds(timed.first),
        baseline: seconds(timed.second),
        ratio: timed.ratio,
        goal: { atMost: 1.5 },
      },
    ];
  },
};
