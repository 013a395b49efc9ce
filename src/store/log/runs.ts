import { v7 as uuidv7 } from 'uuid';
import { isoTime } from '../../clock.js';
import type { HealthClass, HoldReason, Status } from '../../lead.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { isAlive, thisProcess } from '../engine/owner.js';
import { dueValues, IS_DUE } from '../queue/due.js';

/** One invocation that ingests or retries; `serve` is one for as long as it runs. */
export interface Run {
  seq: number;
  id: string;
  organization: string;
  command: 'ingest' | 'retry' | 'serve';
  startedAt: string;
  /** The number of the first lead that it made: all later ones have higher numbers. */
  firstLead?: number;
}

/** Notes that a run made the lead with this number: its own leads are found from the first on, without a list of them. */
export function noteMade(run: Run, seq: number): void {
  run.firstLead ??= seq;
}

/** The leads of a run: those that it made, and those that it lists, which were known before. */
const LEADS_OF_RUN = `SELECT seq, 0 AS already_active FROM leads WHERE seq >= ? AND first_run_seq = ?
  UNION ALL SELECT lead_seq, already_active FROM run_leads WHERE run_seq = ?`;
const leadsOfRun = (run: Run): [number, number, number] => [run.firstLead ?? Number.MAX_SAFE_INTEGER, run.seq, run.seq];

/** Whether a run knows its leads, for its sums and to tell duplicates. A service goes on without end. */
export const listsLeads = (run: Run): boolean => run.command !== 'serve';

/** Begins a run. `inputs` says what it was given (file names, filters), for people. */
export async function startRun(
  store: StoreContext,
  organization: string,
  command: Run['command'],
  inputs: unknown,
): Promise<Run> {
  const me = thisProcess();
  const id = uuidv7();
  const startedAt = isoTime(store.clock.now());
  const seq = write(store, () =>
    store.db
      .prepare(
        `INSERT INTO runs (id, organization_id, command, inputs, host, boot_id, pid, process_started, started_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, organization, command, JSON.stringify(inputs), me.host, me.bootId, me.pid, me.processStarted, startedAt),
  ).lastInsertRowid;
  return { seq: Number(seq), id, organization, command, startedAt };
}

/** Notes which inputs of a run have not been read to their end. */
export async function noteUnread(store: StoreContext, run: Run, names: readonly string[]): Promise<void> {
  write(store, () => store.db.prepare('UPDATE runs SET unread = ? WHERE seq = ?').run(JSON.stringify(names), run.seq));
}

/** Ends a run and keeps its summary. Its list of leads has done its work and goes. */
export async function endRun(store: StoreContext, run: Run, exitCode: number, summary: unknown): Promise<void> {
  write(store, () => {
    store.db
      .prepare('UPDATE runs SET ended_at = ?, exit_code = ?, summary = ? WHERE seq = ?')
      .run(isoTime(store.clock.now()), exitCode, JSON.stringify(summary), run.seq);
    store.db.prepare('DELETE FROM run_leads WHERE run_seq = ?').run(run.seq);
  });
}

/** How many of a run's leads are in one state now. */
export interface StateCount {
  status: Status;
  hold_reason: HoldReason | null;
  already_active: number;
  assigned_campaign_id: string | null;
  health_classification: HealthClass;
  n: number;
}

/** Counts the run's leads by the state they are in now. */
export async function countRunLeads(store: StoreContext, run: Run): Promise<StateCount[]> {
  return read(store, () =>
    store.db
      .prepare<[number, number, number], StateCount>(
        `SELECT l.status, l.hold_reason, r.already_active, l.assigned_campaign_id, l.health_classification, count(*) AS n
         FROM (${LEADS_OF_RUN}) r JOIN leads l ON l.seq = r.seq
         GROUP BY 1, 2, 3, 4, 5`,
      )
      .all(...leadsOfRun(run)),
  );
}

/**
 * Whether a run's process has ended without saying so, or has ended the run; undefined when that cannot be known,
 * because it ran on another machine or in another container. Call inside read or write.
 */
export function isOver(store: StoreContext, runSeq: number): boolean | undefined {
  const row = store.db
    .prepare<
      [number],
      { ended_at: string | null; host: string; boot_id: string; pid: number; process_started: string }
    >('SELECT ended_at, host, boot_id, pid, process_started FROM runs WHERE seq = ?')
    .get(runSeq);
  if (!row || row.ended_at !== null) return true;
  const alive = isAlive({ host: row.host, bootId: row.boot_id, pid: row.pid, processStarted: row.process_started });
  return alive === undefined ? undefined : !alive;
}

/**
 * Leads of this run that another run took over (the newer one pushes): those whose run is over come back to this one,
 * the rest is counted, with what other processes have in flight.
 */
export async function reclaimFromOtherRuns(
  store: StoreContext,
  run: Run,
): Promise<{ reclaimed: number; waiting: number }> {
  const others = read(store, () =>
    store.db
      .prepare<
        [number, number, number, number, string, string],
        { push_run_seq: number; in_flight: number; n: number }
      >(
        `SELECT l.push_run_seq, l.attempt_id IS NOT NULL AS in_flight, count(*) AS n
         FROM (${LEADS_OF_RUN}) r JOIN leads l ON l.seq = r.seq
         WHERE (l.attempt_id IS NOT NULL
           OR (l.push_run_seq != ? AND l.hold_reason IN ('queued', 'unknown') AND ${IS_DUE}))
         GROUP BY 1, 2`,
      )
      .all(...leadsOfRun(run), run.seq, ...dueValues(store.clock)),
  );
  let reclaimed = 0;
  let waiting = 0;
  for (const other of others) {
    if (other.in_flight === 0 && isOver(store, other.push_run_seq)) {
      reclaimed += write(store, () =>
        store.db
          .prepare(
            `UPDATE leads SET push_run_seq = ? WHERE push_run_seq = ? AND attempt_id IS NULL AND next_attempt_at IS NOT NULL
             AND hold_reason IN ('queued', 'unknown') AND seq IN (SELECT seq FROM (${LEADS_OF_RUN}))`,
          )
          .run(run.seq, other.push_run_seq, ...leadsOfRun(run)),
      ).changes;
    } else {
      waiting += other.n;
    }
  }
  return { reclaimed, waiting };
}
