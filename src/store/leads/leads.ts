import { isoTime } from '../../clock.js';
import { newId } from '../../ids.js';
import { hasStopSign, type Lead } from '../../lead.js';
import { type StoreContext, write } from '../engine/context.js';
import { type AuditEntry, auditWriter } from '../log/audit.js';
import { addRuleCounts } from '../log/rule-counts.js';
import { listsLeads, noteMade, type Run } from '../log/runs.js';
import { erasedLookup } from './erased.js';
import {
  fromRow,
  LEAD_COLUMNS,
  type LeadRow,
  type LeadState,
  leadValues,
  type SqlValue,
  type StoredLead,
  waitingSince,
} from './lead-rows.js';
import { suppressionLookup, suppressionWriter } from './suppressions.js';

/** What the store knows of a lead when it comes again. */
export interface KnownLead extends StoredLead {
  /** Campaigns the lead is proven to be in. */
  campaigns: string[];
}

/** What taking a lead in does to it. */
export interface Taken {
  lead: Lead;
  state: LeadState;
  /** Nothing that is kept about the lead differs: only the run is noted. */
  unchanged: boolean;
  alreadyActive: boolean;
  /** False leaves it to whichever run was to push it. */
  pushedByThisRun: boolean;
  audits: AuditEntry[];
  /** The key of the rule that gives the lead another campaign than it had. */
  takenBy?: string | undefined;
  /** Set: the address is suppressed for good, for this reason. */
  suppress?: string;
}

type TakeIn<A, T extends Taken> = (
  known: KnownLead | undefined,
  arrival: A,
  suppressedFor: string | undefined,
  /** The run has the address already: of this row only its stop signs count. */
  repeated: boolean,
) => T;

function leadStatements({ db }: StoreContext) {
  const marks = LEAD_COLUMNS.map(() => '?').join(', ');
  return {
    find: db.prepare<[string, string], LeadRow>('SELECT * FROM leads WHERE organization_id = ? AND email = ?'),
    campaigns: db.prepare<[number], string>('SELECT campaign_id FROM memberships WHERE lead_seq = ?').pluck(),
    inRun: db.prepare<[number, number], number>('SELECT 1 FROM run_leads WHERE run_seq = ? AND lead_seq = ?').pluck(),
    note: db.prepare<[number, number, number]>(
      'INSERT INTO run_leads (run_seq, lead_seq, already_active) VALUES (?, ?, ?)',
    ),
    insert: db.prepare<SqlValue[]>(
      `INSERT INTO leads (id, organization_id, first_run_seq, ${LEAD_COLUMNS.join(', ')}) VALUES (?, ?, ?, ${marks})`,
    ),
    update: db.prepare<SqlValue[]>(
      `UPDATE leads SET ${LEAD_COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE seq = ?`,
    ),
    seen: db.prepare<[number, number | null, number]>('UPDATE leads SET run_seq = ?, push_run_seq = ? WHERE seq = ?'),
  };
}

/**
 * Takes a batch of leads in, in one transaction: each is looked up, `takeIn` decides (it must be pure and quick), and
 * row, membership of the run and audit rows are written together.
 * Returns, for each arrival, what became of it: `duplicate` where the run had the address already, and `takeIn` saw at
 * most its stop signs; `erased` where it belongs to a person who was erased, of which nothing is written.
 */
export async function saveLeads<A extends { lead: Lead }, T extends Taken>(
  store: StoreContext,
  run: Run,
  arrivals: readonly A[],
  takeIn: TakeIn<A, T>,
): Promise<Array<T | 'duplicate' | 'erased'>> {
  const sql = leadStatements(store);
  const audit = auditWriter(store, run.organization);
  const suppress = suppressionWriter(store, run.organization);
  const listed = listsLeads(run);
  return write(store, () => {
    let suppressedFor = suppressionLookup(store, run.organization);
    const isErased = erasedLookup(store, run.organization);
    const at = store.clock.now();
    const now = isoTime(at);
    const audits: Array<[string, AuditEntry]> = [];
    const counts = new Map<string, number>();
    const taken = arrivals.map((arrival): T | 'duplicate' | 'erased' => {
      if (isErased(arrival.lead.email)) return 'erased';
      const row = sql.find.get(run.organization, arrival.lead.email);
      const repeated =
        row !== undefined && listed && (row.first_run_seq === run.seq || sql.inRun.get(run.seq, row.seq) !== undefined);
      // Of an address that comes twice the first row wins, but not over a sign that it must not be mailed.
      if (repeated && !hasStopSign(arrival.lead)) return 'duplicate';
      const known = row ? { ...fromRow(row), campaigns: sql.campaigns.all(row.seq) } : undefined;
      const result = takeIn(known, arrival, suppressedFor(arrival.lead.email), repeated);
      const pushRunSeq = pushRunOf(result, run, known);
      let id = known?.id ?? '';
      if (known && result.unchanged) {
        sql.seen.run(run.seq, pushRunSeq, known.seq);
      } else {
        const owner = {
          runSeq: run.seq,
          pushRunSeq,
          waitingSince: waitingSince(result.state, row?.waiting_since ?? null, now),
          createdAt: known?.created_at ?? now,
          updatedAt: now,
        };
        const values = leadValues(result.lead, result.state, owner);
        if (known) {
          sql.update.run(...values, known.seq);
        } else {
          id = newId(at);
          const { lastInsertRowid } = sql.insert.run(id, run.organization, run.seq, ...values);
          noteMade(run, Number(lastInsertRowid));
        }
      }
      if (known && listed && !repeated) sql.note.run(run.seq, known.seq, result.alreadyActive ? 1 : 0);
      if (result.suppress !== undefined) {
        suppress(result.lead.email, result.suppress, `run ${run.id}`, now);
        suppressedFor = suppressionLookup(store, run.organization);
      }
      for (const entry of result.audits) audits.push([id, entry]);
      countRule(counts, result.takenBy);
      return repeated ? 'duplicate' : result;
    });
    for (const [id, entry] of audits) audit(id, entry, now);
    addRuleCounts(store, run.organization, counts);
    return taken;
  });
}

/** The run that pushes a lead, or would but for a stop sign; none where the lead waits for a person (`--no-push`). */
function pushRunOf(result: Taken, run: Run, known: KnownLead | undefined): number | null {
  if (result.pushedByThisRun) return run.seq;
  if (result.state.hold_reason === 'review' && known?.hold_reason !== 'review') return null;
  return known?.push_run_seq ?? null;
}

function countRule(counts: Map<string, number>, rule: string | undefined): void {
  if (rule !== undefined) counts.set(rule, (counts.get(rule) ?? 0) + 1);
}

/** What taking a HELD lead up again does to it. */
export interface TakenUp extends Pick<Taken, 'state' | 'audits' | 'takenBy' | 'suppress'> {
  /** The lead, where its own fields change too. */
  lead?: Lead;
}

/**
 * Takes HELD leads up for a retry, in one transaction: each is read again, and skipped when it is no longer HELD, is in
 * flight, or is this run's already. Returns how many were taken up.
 */
export async function takeUpLeads(
  store: StoreContext,
  run: Run,
  leads: readonly StoredLead[],
  takeUp: (known: KnownLead, suppressedFor: string | undefined) => TakenUp,
): Promise<number> {
  const sql = leadStatements(store);
  const audit = auditWriter(store, run.organization);
  const suppress = suppressionWriter(store, run.organization);
  const current = store.db.prepare<[number], LeadRow>(
    "SELECT * FROM leads WHERE seq = ? AND status = 'HELD' AND attempt_id IS NULL",
  );
  const listed = listsLeads(run);
  return write(store, () => {
    const suppressedFor = suppressionLookup(store, run.organization);
    const now = isoTime(store.clock.now());
    let taken = 0;
    const counts = new Map<string, number>();
    for (const { seq } of leads) {
      const row = current.get(seq);
      if (!row || (listed && sql.inRun.get(run.seq, seq) !== undefined)) continue;
      const known = { ...fromRow(row), campaigns: sql.campaigns.all(seq) };
      const { lead, state, audits, takenBy, suppress: reason } = takeUp(known, suppressedFor(known.email));
      const changed = audits.length > 0 || state.next_attempt_at !== known.next_attempt_at;
      const updatedAt = changed ? now : known.updated_at;
      const owner = {
        runSeq: known.run_seq,
        pushRunSeq: run.seq,
        waitingSince: waitingSince(state, row.waiting_since, now),
        createdAt: known.created_at,
        updatedAt,
      };
      sql.update.run(...leadValues(lead ?? known, state, owner), seq);
      if (reason !== undefined) suppress(known.email, reason, `run ${run.id}`, now);
      if (listed) sql.note.run(run.seq, seq, 0);
      for (const entry of audits) audit(known.id, entry, now);
      countRule(counts, takenBy);
      taken++;
    }
    addRuleCounts(store, run.organization, counts);
    return taken;
  });
}
