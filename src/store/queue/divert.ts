import type { StoreContext } from '../engine/context.js';
import { type StoredLead, waitingSince } from '../leads/lead-rows.js';
import type { TakenUp } from '../leads/leads.js';
import { auditWriter } from '../log/audit.js';
import { addRuleCounts } from '../log/rule-counts.js';

/**
 * What today's gate and rules make of a lead that must not be sent where it was to go, because it must not be mailed or
 * no rule names its campaign any more; undefined: it may be sent. Pure.
 */
export type Redecide = (lead: StoredLead, suppressedFor: string | undefined) => TakenUp | undefined;

/** Gives a lead that is not in flight another decision than the one by which it was queued. Call inside a transaction. */
export function divert(
  store: StoreContext,
  organization: string,
  lead: StoredLead,
  { state: decided, audits, takenBy }: TakenUp,
  at: string,
): void {
  const isMember = store.db
    .prepare<[number, string | null]>('SELECT 1 FROM memberships WHERE lead_seq = ? AND campaign_id = ?')
    .get(lead.seq, decided.assigned_campaign_id);
  const state: TakenUp['state'] = isMember
    ? { ...decided, status: 'ACTIVE', hold_reason: null, next_attempt_at: null }
    : decided;
  store.db
    .prepare(
      `UPDATE leads SET status = ?, hold_reason = ?, health_classification = ?, health_score = ?,
         assigned_campaign_id = ?, push_attempts = ?, next_attempt_at = ?, last_error = ?, push_group = NULL,
         push_step = 'push', waiting_since = ?, updated_at = ? WHERE seq = ?`,
    )
    .run(
      state.status,
      state.hold_reason,
      state.health_classification,
      state.health_score,
      state.assigned_campaign_id,
      state.push_attempts,
      state.next_attempt_at,
      state.last_error,
      waitingSince(state, null, at),
      at,
      lead.seq,
    );
  const audit = auditWriter(store, organization);
  for (const entry of audits) audit(lead.id, entry, at);
  addRuleCounts(store, organization, new Map(takenBy === undefined ? [] : [[takenBy, 1]]));
}
