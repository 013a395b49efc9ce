import { isoTime } from '../../clock.js';
import type { HoldReason } from '../../lead.js';
import { read, type StoreContext, write } from '../engine/context.js';
import type { Run } from '../log/runs.js';
import { dueValues, IS_DUE } from '../queue/due.js';
import { fromRow, type LeadRow, type SqlValue, type StoredLead } from './lead-rows.js';

/** Which HELD leads a retry looks at, a reason at a time: so the index gives them in their order. */
export interface HeldFilter {
  reason: HoldReason;
  /** Whether the waiting time counts: only leads whose time has come. */
  onlyDue: boolean;
  /** Only leads whose row has a stop sign that somebody has to look at. */
  onlySigns?: boolean;
  runId?: string;
  campaignId?: string;
  emails?: readonly string[];
}

/** The next page of HELD leads that are not in flight, ordered by `seq`, from beyond `afterSeq`. */
export async function heldLeads(
  store: StoreContext,
  organization: string,
  filter: HeldFilter,
  afterSeq: number,
  limit: number,
): Promise<StoredLead[]> {
  const byEmail = filter.emails ? ' INDEXED BY leads_by_email' : '';
  const named = filter.emails ? 'AND email IN (SELECT value FROM json_each(?))' : '';
  const rows = read(store, () =>
    store.db
      .prepare<SqlValue[], LeadRow>(
        `SELECT * FROM leads${byEmail} WHERE organization_id = ? AND status = 'HELD' AND seq > ? AND attempt_id IS NULL
           AND hold_reason = ? AND (? = 0 OR next_attempt_at IS NULL OR ${IS_DUE})
           AND (? IS NULL OR run_seq = (SELECT seq FROM runs WHERE id = ?))
           AND (? IS NULL OR assigned_campaign_id = ?)
           ${named} ${filter.onlySigns ? 'AND review_signs IS NOT NULL' : ''}
         ORDER BY seq LIMIT ?`,
      )
      .all(
        organization,
        afterSeq,
        filter.reason,
        filter.onlyDue ? 1 : 0,
        ...dueValues(store.clock),
        filter.runId ?? null,
        filter.runId ?? null,
        filter.campaignId ?? null,
        filter.campaignId ?? null,
        ...(filter.emails ? [JSON.stringify(filter.emails)] : []),
        limit,
      ),
  );
  return rows.map(fromRow);
}

/** How many HELD leads of an organization wait for their time, by reason, and when the first may go. */
export async function waitingLeads(
  store: StoreContext,
  organization: string,
  now: string,
): Promise<Array<{ hold_reason: HoldReason; n: number; first: string }>> {
  return read(store, () =>
    store.db
      .prepare<[string, string], { hold_reason: HoldReason; n: number; first: string }>(
        `SELECT hold_reason, count(*) AS n, min(next_attempt_at) AS first FROM leads
         WHERE organization_id = ? AND status = 'HELD' AND next_attempt_at > ? GROUP BY hold_reason ORDER BY hold_reason`,
      )
      .all(organization, now),
  );
}

/** How many leads are held for a stop sign that somebody has to look at, besides those that `run` looked at. */
export async function countLeftForSigns(store: StoreContext, organization: string, run: Run): Promise<number> {
  return read(
    store,
    () =>
      store.db
        .prepare<[string, number], number>(
          `SELECT count(*) FROM leads WHERE organization_id = ? AND status = 'HELD' AND hold_reason = 'review'
             AND review_signs IS NOT NULL AND seq NOT IN (SELECT lead_seq FROM run_leads WHERE run_seq = ?)`,
        )
        .pluck()
        .get(organization, run.seq) ?? 0,
  );
}

/** Lets a run push HELD leads now, whatever they are held for; nothing else of their state changes. */
export async function putInLine(store: StoreContext, run: Run, leads: readonly StoredLead[]): Promise<void> {
  const line = store.db.prepare<[number, string, number]>(
    `UPDATE leads SET push_run_seq = ?, next_attempt_at = ? WHERE seq = ? AND status = 'HELD' AND attempt_id IS NULL`,
  );
  write(store, () => {
    for (const { seq } of leads) line.run(run.seq, isoTime(store.clock.now()), seq);
  });
}

/** The leads that no rule matches, by persona as it is spelt: how many, their highest score, and how many have none. */
export async function noRuleGroups(
  store: StoreContext,
  organization: string,
): Promise<Array<{ persona: string | null; leads: number; highest_score: number | null; without_score: number }>> {
  return read(store, () =>
    store.db
      .prepare<
        [string],
        { persona: string | null; leads: number; highest_score: number | null; without_score: number }
      >(
        `SELECT persona, count(*) AS leads, max(lead_score) AS highest_score, sum(lead_score IS NULL) AS without_score
         FROM leads WHERE organization_id = ? AND status = 'HELD' AND hold_reason = 'no_route'
         GROUP BY persona ORDER BY leads DESC, persona`,
      )
      .all(organization),
  );
}
