import { isoTime } from '../../clock.js';
import type { HoldReason, Status } from '../../lead.js';
import { read, type StoreContext, write } from '../engine/context.js';
import { blockSettledLeads } from '../leads/suppressions.js';
import { type AuditEntry, auditWriter } from '../log/audit.js';
import type { Reading } from './rosters.js';

/** A lead beside what is known of its place in one campaign, on both sides. */
export interface Standing {
  seq: number;
  id: string;
  email: string;
  status: Status;
  hold_reason: HoldReason | null;
  assigned_campaign_id: string | null;
  attempt_id: number | null;
  updated_at: string;
  /** Since when it is proven to be in the campaign; null: it is not. */
  proven_at: string | null;
  /** 1: it was found there; 0: a look-up has denied it; null: the roster does not name it, and nobody has asked. */
  present: number | null;
  /** Smartlead's own id of the lead, and where it was found. */
  smartlead_lead_id: string | null;
  evidence: 'roster' | 'look_up' | null;
}

/** An entry of the roster whose address is no lead of the organization. */
export interface Stranger {
  email: string;
  seq: null;
}

const LEAD = 'l.seq, l.id, l.status, l.hold_reason, l.assigned_campaign_id, l.attempt_id, l.updated_at';
const THERE = 'r.present, r.smartlead_lead_id, r.evidence';
const JOIN_ROSTER =
  'LEFT JOIN roster_members r ON r.organization_id = l.organization_id AND r.campaign_id = ? AND r.email = l.email';
const JOIN_PLACE = 'LEFT JOIN memberships m ON m.lead_seq = l.seq AND m.campaign_id = ?';

/** Those that were found in the campaign, leads or not, in the order of their addresses, from beyond `after`. */
export async function foundInCampaign(
  store: StoreContext,
  { organization, campaignId }: Reading,
  after: string,
  limit: number,
): Promise<Array<Standing | Stranger>> {
  return read(store, () =>
    store.db
      .prepare<[string, string, string, string, number], Standing | Stranger>(
        `SELECT ${LEAD}, r.email, m.proven_at, ${THERE} FROM roster_members r
         LEFT JOIN leads l ON l.organization_id = r.organization_id AND l.email = r.email ${JOIN_PLACE}
         WHERE r.organization_id = ? AND r.campaign_id = ? AND r.present = 1 AND r.email > ? ORDER BY r.email LIMIT ?`,
      )
      .all(campaignId, organization, campaignId, after, limit),
  );
}

/** Leads that are proven to be in the campaign and were not found there, ordered by `seq`, from beyond `after`. */
export async function missingInCampaign(
  store: StoreContext,
  { organization, campaignId }: Reading,
  after: number,
  limit: number,
): Promise<Standing[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string, number, string, number], Standing>(
        `SELECT ${LEAD}, l.email, m.proven_at, ${THERE} FROM memberships m JOIN leads l ON l.seq = m.lead_seq ${JOIN_ROSTER}
         WHERE m.campaign_id = ? AND m.lead_seq > ? AND l.organization_id = ? AND coalesce(r.present, 0) = 0
         ORDER BY m.lead_seq LIMIT ?`,
      )
      .all(campaignId, campaignId, after, organization, limit),
  );
}

/** Leads of the campaign with an unknown outcome that were not found there, ordered by `seq`, from beyond `after`. */
export async function unknownInCampaign(
  store: StoreContext,
  { organization, campaignId }: Reading,
  after: number,
  limit: number,
): Promise<Standing[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string, string, number, string, number], Standing>(
        `SELECT ${LEAD}, l.email, m.proven_at, ${THERE} FROM leads l ${JOIN_ROSTER} ${JOIN_PLACE}
         WHERE l.organization_id = ? AND l.status = 'HELD' AND l.hold_reason = 'unknown' AND l.seq > ?
           AND l.assigned_campaign_id = ? AND coalesce(r.present, 0) = 0 ORDER BY l.seq LIMIT ?`,
      )
      .all(campaignId, campaignId, organization, after, campaignId, limit),
  );
}

/** How many leads of the organization are proven to be in a campaign. */
export async function countProven(store: StoreContext, { organization, campaignId }: Reading): Promise<number> {
  return read(
    store,
    () =>
      store.db
        .prepare<[string, string], number>(
          `SELECT count(*) FROM memberships m JOIN leads l ON l.seq = m.lead_seq
           WHERE m.campaign_id = ? AND l.organization_id = ?`,
        )
        .pluck()
        .get(campaignId, organization) ?? 0,
  );
}

/** The campaigns that leads of an organization are assigned to, or proven to be in. Reads every lead. */
export async function campaignsOfLeads(store: StoreContext, organization: string): Promise<string[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string], string>(
        `SELECT DISTINCT assigned_campaign_id FROM leads
         WHERE organization_id = ? AND assigned_campaign_id IS NOT NULL
         UNION SELECT DISTINCT m.campaign_id FROM memberships m JOIN leads l ON l.seq = m.lead_seq
         WHERE l.organization_id = ? ORDER BY 1`,
      )
      .pluck()
      .all(organization, organization),
  );
}

/** The name of a campaign, where it is known. */
export async function campaignName(store: StoreContext, organization: string, id: string): Promise<string | null> {
  return read(
    store,
    () =>
      store.db
        .prepare<[string, string], string>(
          "SELECT nullif(name, '') FROM campaigns WHERE organization_id = ? AND id = ?",
        )
        .pluck()
        .get(organization, id) ?? null,
  );
}

/** What reconciling can do to a lead; `left` takes a place away without touching the lead's own state. */
export type Correction = 'found' | 'removed' | 'left' | 'absent';

/** SQL for each new state. Every one of them is fenced by the state in which the lead was compared. */
const NEW_STATE: Record<Exclude<Correction, 'left'>, string> = {
  found: `status = 'ACTIVE', hold_reason = NULL, next_attempt_at = NULL, last_error = NULL, push_group = NULL,
    push_step = 'push', waiting_since = NULL, smartlead_lead_id = coalesce(@id, smartlead_lead_id)`,
  removed: `status = 'HELD', hold_reason = 'removed', next_attempt_at = NULL, last_error = NULL, push_group = NULL,
    push_step = 'push', waiting_since = NULL`,
  absent: `hold_reason = 'push_failed', next_attempt_at = @now, last_error = @message, push_group = NULL,
    push_step = 'push'`,
};
const NOT_THERE = 'Smartlead does not have the lead in the campaign';

function auditOf(correction: Correction, standing: Standing, campaign: string): AuditEntry {
  const was = standing.hold_reason ?? standing.status;
  const place = { campaign, was, evidence: standing.evidence };
  switch (correction) {
    case 'found':
      return {
        trigger: 'reconcile',
        action: 'found_in_smartlead',
        details: { ...place, smartlead_lead_id: standing.smartlead_lead_id },
      };
    case 'absent':
      return {
        trigger: 'reconcile',
        action: 'push_failed',
        details: { campaign, was, reason: 'push_failed', message: NOT_THERE },
      };
    default: {
      const held = correction === 'removed' ? { reason: 'removed' } : {};
      const details = { campaign, was, ...held, proven_at: standing.proven_at };
      return { trigger: 'reconcile', action: 'gone_from_smartlead', details };
    }
  }
}

/**
 * Corrects leads of one campaign in one transaction, each with its audit row, and only if it is still in the state in
 * which it was compared. Returns the `seq` of those that were corrected.
 */
export async function correctLeads(
  store: StoreContext,
  { organization, campaignId }: Reading,
  corrections: ReadonlyArray<{ correction: Correction; standing: Standing }>,
): Promise<Set<number>> {
  return write(store, () => {
    const now = isoTime(store.clock.now());
    const audit = auditWriter(store, organization);
    const leave = store.db.prepare('DELETE FROM memberships WHERE lead_seq = ? AND campaign_id = ? AND proven_at = ?');
    const join = store.db.prepare(
      `INSERT INTO memberships (lead_seq, campaign_id, smartlead_lead_id, evidence, proven_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    const done = new Set<number>();
    const absent: number[] = [];
    for (const { correction, standing } of corrections) {
      if (!correctState(store, correction, standing, now)) continue;
      const { seq, id, smartlead_lead_id, evidence, proven_at } = standing;
      if (correction === 'found') join.run(seq, campaignId, smartlead_lead_id, evidence, now);
      if (correction === 'removed' || correction === 'left') leave.run(seq, campaignId, proven_at);
      if (correction === 'absent') absent.push(seq);
      audit(id, auditOf(correction, standing, campaignId), now);
      done.add(seq);
    }
    blockSettledLeads(store, organization, absent);
    return done;
  });
}

function correctState({ db }: StoreContext, correction: Correction, standing: Standing, now: string): boolean {
  const { seq, status, hold_reason, assigned_campaign_id, updated_at, smartlead_lead_id } = standing;
  const fence = `seq = @seq AND status = @status AND hold_reason IS @reason AND assigned_campaign_id IS @campaign
    AND updated_at = @updated AND attempt_id IS NULL`;
  const found = { seq, status, reason: hold_reason, campaign: assigned_campaign_id, updated: updated_at };
  if (correction === 'left') return db.prepare(`SELECT 1 FROM leads WHERE ${fence}`).get(found) !== undefined;
  const { changes } = db
    .prepare(`UPDATE leads SET ${NEW_STATE[correction]}, updated_at = @now WHERE ${fence}`)
    .run({ ...found, now, id: smartlead_lead_id, message: NOT_THERE });
  return changes === 1;
}
