import { read, type StoreContext } from '../engine/context.js';
import { fromRow, type LeadRow, type StoredLead } from '../leads/lead-rows.js';
import { auditWriter } from '../log/audit.js';
import type { AttemptSettlement, SettledAttempt } from './settlement.js';

/** What is known of a campaign when a lead was refused alone. */
export interface RefusedBefore {
  /** Another lead of the campaign was accepted since this one was refused first. */
  acceptedSince: boolean;
  /** Other leads that were refused alone with the same message since the campaign last took one. */
  others: StoredLead[];
  /** The campaign is stopped because its requests are refused whatever they hold. */
  isStopped: boolean;
}

/** What all runs and processes have noted of a campaign that now refuses one lead alone, with this message. */
export async function refusedBefore(
  store: StoreContext,
  scope: { organization: string; keyId: string; campaignId: string },
  lead: { seq: number },
  message: string,
): Promise<RefusedBefore> {
  const { organization, keyId, campaignId } = scope;
  const own = store.db.prepare<[string, string, number]>(
    'SELECT 1 FROM refusals WHERE organization_id = ? AND campaign_id = ? AND lead_seq = ? AND accepted_since = 1',
  );
  const others = store.db.prepare<[string, string, string, number], LeadRow>(
    `SELECT l.* FROM refusals r JOIN leads l ON l.seq = r.lead_seq
     WHERE r.organization_id = ? AND r.campaign_id = ? AND r.message = ? AND r.lead_seq != ? AND r.accepted_since = 0`,
  );
  const stop = store.db.prepare<[string, string]>(
    "SELECT 1 FROM stops WHERE key_id = ? AND campaign_id = ? AND reason = 'request_at_fault'",
  );
  return read(store, () => ({
    acceptedSince: own.get(organization, campaignId, lead.seq) !== undefined,
    others: others.all(organization, campaignId, message, lead.seq).map(fromRow),
    isStopped: stop.get(keyId, campaignId) !== undefined,
  }));
}

/** A lead that the campaign's acceptance of another shows to be at fault itself. */
function refuse(store: StoreContext, row: Suspect, attemptId: number, now: string): boolean {
  const { changes } = store.db
    .prepare<[number, string, number]>(
      `UPDATE leads SET hold_reason = 'refused', next_attempt_at = NULL, push_group = NULL, push_step = 'push',
         push_attempts = ?, waiting_since = NULL, updated_at = ?
       WHERE seq = ? AND hold_reason = 'push_failed' AND attempt_id IS NULL`,
    )
    .run(row.push_attempts, now, row.lead_seq);
  if (changes === 0) return false;
  const details = { reason: 'refused', message: row.last_error, campaign: row.campaign_id, accepted_by: attemptId };
  const entry = { trigger: 'delivery', action: 'push_failed', details } as const;
  auditWriter(store, row.organization_id)(row.id, entry, now);
  return true;
}

interface Suspect {
  organization_id: string;
  campaign_id: string;
  lead_seq: number;
  push_attempts: number;
  id: string;
  last_error: string | null;
  /** It is where the refusal found it, and waits. */
  waits: number;
  in_flight: number;
}

/**
 * Brings what is noted of a campaign's refusals up to date with an attempt. A lead that it took shows that those refused
 * alone before are at fault themselves; a stop shows that they are not. Call inside the transaction that settles.
 */
export function noteRefusals(
  store: StoreContext,
  { organization, keyId }: { organization: string; keyId: string },
  attempt: SettledAttempt,
  settlement: AttemptSettlement,
  now: string,
): void {
  const { campaignId, attemptId } = attempt;
  const forget = store.db.prepare<[string, string, number]>(
    'DELETE FROM refusals WHERE organization_id = ? AND campaign_id = ? AND lead_seq = ?',
  );
  const accepted = settlement.leads.filter(({ evidence }) => evidence !== undefined);
  const judged = settlement.leads.filter(({ state }) => state.hold_reason === 'refused');
  for (const { seq } of [...accepted, ...judged]) forget.run(organization, campaignId, seq);
  if (accepted.length > 0) {
    const suspects = store.db
      .prepare<[string, string], Suspect>(
        `SELECT r.*, l.id, l.last_error, l.hold_reason = 'push_failed' AND l.assigned_campaign_id = r.campaign_id AS waits,
           l.attempt_id IS NOT NULL OR l.hold_reason = 'unknown' AS in_flight
         FROM refusals r JOIN leads l ON l.seq = r.lead_seq
         WHERE r.organization_id = ? AND r.campaign_id = ? AND accepted_since = 0`,
      )
      .all(organization, campaignId);
    const keep = store.db.prepare<[string, string, number]>(
      'UPDATE refusals SET accepted_since = 1 WHERE organization_id = ? AND campaign_id = ? AND lead_seq = ?',
    );
    for (const suspect of suspects) {
      if (suspect.in_flight) keep.run(organization, campaignId, suspect.lead_seq);
      else {
        if (suspect.waits) refuse(store, suspect, attemptId, now);
        forget.run(organization, campaignId, suspect.lead_seq);
      }
    }
  }
  if (settlement.stop?.reason === 'request_at_fault') {
    store.db
      .prepare('DELETE FROM refusals WHERE organization_id = ? AND campaign_id = ?')
      .run(organization, campaignId);
  }
  const { refusedAlone } = settlement;
  if (refusedAlone) {
    store.db
      .prepare(
        `INSERT INTO refusals (organization_id, campaign_id, lead_seq, message, push_attempts, accepted_since, refused_at)
         SELECT ?, ?, seq, ?, ?, 0, ? FROM leads WHERE seq = ? AND id = ? AND NOT EXISTS
           (SELECT 1 FROM stops WHERE key_id = ? AND campaign_id = ? AND reason = 'request_at_fault')
         ON CONFLICT DO UPDATE SET message = excluded.message`,
      )
      .run(
        organization,
        campaignId,
        refusedAlone.message,
        refusedAlone.pushAttempts,
        now,
        refusedAlone.seq,
        refusedAlone.id,
        keyId,
        campaignId,
      );
  }
}
