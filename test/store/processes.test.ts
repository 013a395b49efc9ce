import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { reclaimFromOtherRuns } from '../../src/store/log/runs.js';
import { recoverAttempts } from '../../src/store/queue/settling.js';
import { tempDir } from '../helpers/temp-dir.js';
import { addresses, claim, claimed, KEY, newRun, newStore, queue, rows, runProcess } from './helper.js';

const OPEN = `
  const [{ openStore, closeStore }, { claimBatch }, { settleAttempt }, { startRun }, { systemClock }] = await Promise.all(
    ['store/engine/open', 'store/queue/claims', 'store/queue/settling', 'store/log/runs', 'clock'].map(load));
  const store = await openStore(args[0], 'live', systemClock, false);
  const run = { seq: Number(args[1]), id: 'r', organization: 'default', command: 'ingest', startedAt: '' };
  const request = { run, keyId: '${KEY}', batchSize: 10, windows: [{ requests: 10000, perMs: 1000 }], onlyFullBatches: false,
    trying: new Set(), probed: new Set(), after: '' };`;

test('leads that a killed process had claimed come back at once, and those of a living one stay', async () => {
  const path = join(tempDir(), 'drason.db');
  const store = await newStore(systemClock, path);
  const run = await newRun(store);
  await queue(store, run, addresses(30));
  const code = `${OPEN}
    const { kind } = await claimBatch(store, request);
    console.log(kind);
    setInterval(() => {}, 1000);`;
  const processes = [runProcess(code, [path, String(run.seq)]), runProcess(code, [path, String(run.seq)])] as const;
  await Promise.all(processes.map(({ heard }) => heard));
  expect(processes.map(({ output }) => output())).toEqual(['claimed\n', 'claimed\n']);
  expect(await recoverAttempts(store)).toBe(0);

  processes[0].child.kill('SIGKILL');
  await processes[0].ended;
  expect(await recoverAttempts(store)).toBe(10);
  const unknown = [...rows(store).values()].filter(({ hold_reason }) => hold_reason === 'unknown');
  expect(unknown).toHaveLength(10);
  expect(new Set(unknown.map(({ push_group }) => push_group)).size).toBe(1);
  // first what is unknown, then what is left
  expect((await claimed(store, run)).leads.map(({ email }) => email)).toEqual(unknown.map(({ email }) => email));
  expect((await claimed(store, run)).leads).toHaveLength(10);
  expect(await claim(store, run)).toEqual({ kind: 'nothing' });
});

test('four processes that claim and settle at once never hold one lead twice', async () => {
  const path = join(tempDir(), 'drason.db');
  const store = await newStore(systemClock, path);
  const run = await newRun(store);
  await queue(store, run, addresses(400));
  const code = `${OPEN}
    for (;;) {
      const answer = await claimBatch(store, request);
      if (answer.kind === 'nothing') break;
      if (answer.kind !== 'claimed') continue;
      const { claim } = answer;
      await new Promise((resolve) => setTimeout(resolve, 1));
      const leads = claim.leads.map((lead) => ({ seq: lead.seq, id: lead.id, evidence: 'id_map',
        state: { status: 'ACTIVE', hold_reason: null, next_attempt_at: null, last_error: null, push_attempts: 1,
          push_group: null, push_step: 'push', smartlead_lead_id: null },
        audit: { trigger: 'delivery', action: 'pushed_to_smartlead', details: {} } }));
      const settlement = { outcome: 'evidence', httpStatus: 200, message: null, answer: {}, leads, lift: [] };
      const n = await settleAttempt(store, run, '${KEY}', claim, settlement);
      if (n !== claim.leads.length) console.log('settled', n);
    }
    closeStore(store);`;
  const ended = await Promise.all(Array.from({ length: 4 }, () => runProcess(code, [path, String(run.seq)]).ended));
  expect(ended).toEqual(ended.map(() => ({ code: 0, output: '' })));
  expect([...rows(store).values()].every(({ status }) => status === 'ACTIVE')).toBe(true);
  expect(store.db.prepare('SELECT count(*) AS n FROM audit_logs').get()).toEqual({ n: 400 });
  expect(store.db.prepare('SELECT sum(lead_count) AS n, count(*) AS attempts FROM attempts').get()).toEqual({
    n: 400,
    attempts: 40,
  });
});

test('a run gets its leads back from a newer one whose process was killed', async () => {
  const path = join(tempDir(), 'drason.db');
  const store = await newStore(systemClock, path);
  const run = await newRun(store);
  await queue(store, run, addresses(5));
  const code = `${OPEN}
    const newer = await startRun(store, 'default', 'ingest', {});
    store.db.prepare('UPDATE leads SET push_run_seq = ?').run(newer.seq);
    console.log('took over');
    setInterval(() => {}, 1000);`;
  const other = runProcess(code, [path, '0']);
  await other.heard;
  expect(await reclaimFromOtherRuns(store, run)).toEqual({ reclaimed: 0, waiting: 5 });
  other.child.kill('SIGKILL');
  await other.ended;
  expect(await reclaimFromOtherRuns(store, run)).toEqual({ reclaimed: 5, waiting: 0 });
  expect((await claimed(store, run)).leads).toHaveLength(5);
});
