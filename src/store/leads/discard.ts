import { setImmediate as breathe } from 'node:timers/promises';
import { isoTime } from '../../clock.js';
import { HOLD_REASONS } from '../../lead.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { auditWriter } from '../log/audit.js';
import type { Run } from '../log/runs.js';

/** What becomes of a run's lead when the run is taken back, or why it stays. */
export type Fate = 'removed' | 'touched_later' | 'pushed_or_tried' | 'in_flight' | 'older';
export type Fates = Record<Fate, number>;

export interface Discarded extends Fates {
  /** Addresses that the run suppressed for good, as its file asked; they stay. */
  suppressions: number;
  /** False: it was asked to stop before it was through. */
  complete: boolean;
}

interface Candidate {
  seq: number;
  id: string;
  attempt_id: number | null;
  push_run_seq: number | null;
  push_attempts: number;
  members: number;
}

/** So many leads a transaction. */
const BATCH = 2_000;

/**
 * Judges leads of a run. One that the run made and nobody else touched has only entries of this run in the log, none of
 * which names an attempt. The list of a run that has not ended may hold a lead whose entries do not tell yet.
 */
function judge({ db }: StoreContext, run: Run): (lead: Candidate) => Fate {
  const log = db.prepare<[string], { run: string | null; attempt: number | null }>(
    "SELECT details ->> '$.run' AS run, details ->> '$.attempt' AS attempt FROM audit_logs WHERE entity_id = ? ORDER BY id",
  );
  const openRuns = db
    .prepare<[number], number>('SELECT seq FROM runs WHERE ended_at IS NULL AND seq != ?')
    .pluck()
    .all(run.seq);
  const listed = db.prepare<[number, number]>('SELECT 1 FROM run_leads WHERE run_seq = ? AND lead_seq = ?');
  return (lead) => {
    const entries = log.all(lead.id);
    if (entries[0]?.run !== run.id) return 'older';
    if (lead.attempt_id !== null) return 'in_flight';
    const tried = lead.push_attempts > 0 || lead.members > 0 || entries.some(({ attempt }) => attempt !== null);
    if (tried) return 'pushed_or_tried';
    const elsewhere =
      (lead.push_run_seq ?? run.seq) !== run.seq ||
      entries.some((entry) => entry.run !== run.id) ||
      openRuns.some((seq) => listed.get(seq, lead.seq) !== undefined);
    return elsewhere ? 'touched_later' : 'removed';
  };
}

/** Takes the leads with these numbers out for good, each with its entry in the log. Call inside a transaction. */
function remove(store: StoreContext, run: Run, leads: readonly Candidate[]): void {
  const audit = auditWriter(store, run.organization);
  const now = isoTime(store.clock.now());
  const lead = store.db.prepare<[number]>('DELETE FROM leads WHERE seq = ?');
  const place = store.db.prepare<[number, number]>('DELETE FROM run_leads WHERE run_seq = ? AND lead_seq = ?');
  for (const { seq, id } of leads) {
    lead.run(seq);
    place.run(run.seq, seq);
    audit(id, { trigger: 'discard', action: 'discarded', details: { run: run.id } }, now);
  }
}

/** Leads that the run made and a later run took in: they are that run's now. */
function takenInLater({ db }: StoreContext, run: Run): number {
  const count = db
    .prepare<[string, string, string, number], number>(
      `SELECT count(*) FROM audit_logs AS a NOT INDEXED CROSS JOIN leads AS l ON l.id = a.entity_id
       WHERE a.organization_id = ? AND a.trigger = 'ingest' AND instr(a.details, ?) > 0 AND a.details ->> '$.run' = ?
         AND l.run_seq != ? AND NOT EXISTS (SELECT 1 FROM audit_logs AS b WHERE b.entity_id = a.entity_id AND b.id < a.id)`,
    )
    .pluck();
  return count.get(run.organization, `"run":"${run.id}"`, run.id, run.seq) ?? 0;
}

/** Notes in the log how much of a run was taken back in all, unless it says so already. Call inside a transaction. */
function noteRun(store: StoreContext, run: Run, { removed: _now, ...stay }: Fates): void {
  const removed = store.db
    .prepare<[string, string, string], number>(
      `SELECT count(*) FROM audit_logs NOT INDEXED WHERE organization_id = ? AND action = 'discarded' AND entity = 'lead'
         AND instr(details, ?) > 0 AND details ->> '$.run' = ?`,
    )
    .pluck()
    .get(run.organization, `"run":"${run.id}"`, run.id);
  const noted = store.db
    .prepare<[string], number>(
      `SELECT details ->> '$.removed' FROM audit_logs WHERE entity_id = ? AND entity = 'run' AND action = 'discarded'
       ORDER BY id DESC LIMIT 1`,
    )
    .pluck()
    .get(run.id);
  if (removed === undefined || removed <= (noted ?? 0)) return;
  const audit = auditWriter(store, run.organization);
  const details = { run: run.id, removed, stay };
  audit(run.id, { trigger: 'discard', action: 'discarded', details }, isoTime(store.clock.now()), 'run');
}

/**
 * Takes a run's leads back, some thousand a transaction: those that it made, that no other run touched and that nobody
 * ever claimed. Killed and begun again it goes on. With `onlyCount` nothing is written. The run must not be at work.
 */
export async function discardRun(
  store: StoreContext,
  run: Run,
  { onlyCount, stopping }: { onlyCount: boolean; stopping: AbortSignal },
): Promise<Discarded> {
  const fates: Fates = { removed: 0, touched_later: 0, pushed_or_tried: 0, in_flight: 0, older: 0 };
  // One reason after the other: so the index gives them in order.
  const find = store.db.prepare<[number, string | null, number, number], Candidate>(
    `SELECT seq, id, attempt_id, push_run_seq, push_attempts,
       EXISTS (SELECT 1 FROM memberships WHERE lead_seq = leads.seq) AS members
     FROM leads INDEXED BY leads_by_run WHERE run_seq = ? AND hold_reason IS ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const takeBatch = (reason: string | null, after: number) => () => {
    const leads = find.all(run.seq, reason, after, BATCH);
    const fateOf = judge(store, run);
    const judged = leads.map((lead) => ({ lead, fate: fateOf(lead) }));
    const going = judged.flatMap(({ lead, fate }) => (fate === 'removed' ? [lead] : []));
    if (!onlyCount) remove(store, run, going);
    return judged;
  };
  for (const reason of [...HOLD_REASONS, null]) {
    for (let after = 0; ; ) {
      if (stopping.aborted) return { ...fates, suppressions: 0, complete: false };
      const judged = onlyCount ? read(store, takeBatch(reason, after)) : write(store, takeBatch(reason, after));
      for (const { fate } of judged) fates[fate]++;
      const last = judged.at(-1);
      if (!last) break;
      after = last.lead.seq;
      await breathe();
    }
  }
  fates.touched_later += read(store, () => takenInLater(store, run));
  if (!onlyCount) write(store, () => noteRun(store, run, fates));
  const suppressions = read(store, () =>
    store.db
      .prepare<[string, string], number>('SELECT count(*) FROM suppressions WHERE organization_id = ? AND source = ?')
      .pluck()
      .get(run.organization, `run ${run.id}`),
  );
  return { ...fates, suppressions: suppressions ?? 0, complete: true };
}
