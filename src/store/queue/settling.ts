import { isoTime } from '../../clock.js';
import { HOLDS } from '../../holds.js';
import type { HoldReason } from '../../lead.js';
import { read, type StoreContext, write, writeInTurn } from '../engine/context.js';
import { withoutPeople } from '../leads/mentions.js';
import { blockSettledLeads } from '../leads/suppressions.js';
import { type AuditEntry, auditWriter } from '../log/audit.js';
import type { Run } from '../log/runs.js';
import { noteAcceptedKey } from '../settings/identity.js';
import { dueValues, IS_DUE } from './due.js';
import { isAbandoned, type OpenAttempt } from './open-attempts.js';
import { noteRefusals } from './refusals.js';
import type { AttemptSettlement, LeadSettlement, SettledAttempt } from './settlement.js';
import { liftStops, type Stop, setStop } from './stops.js';

/** Whether a lead was erased, or taken back, since it was read. */
function goneLookup({ db }: StoreContext): (lead: { seq: number; id: string }) => boolean {
  const find = db.prepare<[number, string]>('SELECT 1 FROM leads WHERE seq = ? AND id = ?');
  return ({ seq, id }) => find.get(seq, id) === undefined;
}

/**
 * Writes the outcome of an attempt, fenced by its id and each lead's: a lead that has moved on is not touched, except
 * that a late success is a fact and counts; of a lead that is gone nothing is written. Call it once an attempt. Returns
 * how many leads were settled by it.
 */
export async function settleAttempt(
  store: StoreContext,
  run: Run,
  keyId: string,
  attempt: SettledAttempt,
  answered: AttemptSettlement,
): Promise<number> {
  return writeInTurn(store, () => {
    const now = isoTime(store.clock.now());
    const isGone = goneLookup(store);
    const settlement = withoutPeople(answered, attempt.leads.filter(isGone));
    const audit = auditWriter(store, run.organization);
    const settle = store.db.prepare<Array<string | number | null>>(
      `UPDATE leads SET status = ?, hold_reason = ?, next_attempt_at = ?, last_error = ?, push_attempts = ?,
         push_group = ?, push_step = ?, smartlead_lead_id = coalesce(?, smartlead_lead_id), attempt_id = NULL,
         waiting_since = iif(?, waiting_since, NULL), updated_at = ?
       WHERE seq = ? AND id = ? AND attempt_id = ?`,
    );
    const acceptLate = store.db.prepare<[string | null, string, number, string, string]>(
      `UPDATE leads SET status = 'ACTIVE', hold_reason = NULL, next_attempt_at = NULL, last_error = NULL,
         push_group = NULL, push_step = 'push', smartlead_lead_id = coalesce(?, smartlead_lead_id), attempt_id = NULL,
         waiting_since = NULL, updated_at = ?
       WHERE seq = ? AND id = ? AND status = 'HELD' AND assigned_campaign_id = ?`,
    );
    const join = store.db.prepare<[number, string, string | null, string, number, string]>(
      `INSERT INTO memberships (lead_seq, campaign_id, smartlead_lead_id, evidence, attempt_id, proven_at)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    let settled = 0;
    for (const lead of settlement.leads) {
      if (isGone(lead)) continue;
      const { state } = lead;
      if (lead.evidence !== undefined) {
        join.run(lead.seq, attempt.campaignId, state.smartlead_lead_id, lead.evidence, attempt.attemptId, now);
      }
      const inTime = settle.run(
        state.status,
        state.hold_reason,
        state.next_attempt_at,
        state.last_error,
        state.push_attempts,
        state.push_group,
        state.push_step,
        state.smartlead_lead_id,
        waits(state.hold_reason),
        now,
        lead.seq,
        lead.id,
        attempt.attemptId,
      ).changes;
      const late =
        inTime === 0 && lead.evidence !== undefined
          ? acceptLate.run(state.smartlead_lead_id, now, lead.seq, lead.id, attempt.campaignId).changes
          : 0;
      settled += inTime + late;
      const lateEntry: AuditEntry = {
        ...lead.audit,
        action: 'late_answer',
        details: { ...lead.audit.details, late: true },
      };
      // a request that never left has no answer to tell of
      if (inTime + late === 1 && lead.unchanged) continue;
      if (inTime + late === 1) audit(lead.id, lead.audit, now);
      else if (settlement.outcome !== 'too_late') audit(lead.id, lateEntry, now);
    }
    store.db
      .prepare(
        `UPDATE attempts SET settled_at = ?, outcome = ?, http_status = ?, message = ?, answer = ?, proven = ?, failed = ?
         WHERE id = ?`,
      )
      .run(
        now,
        settlement.outcome,
        settlement.httpStatus,
        settlement.message,
        settlement.answer === undefined ? null : JSON.stringify(settlement.answer),
        settlement.leads.filter((lead) => lead.evidence !== undefined).length,
        settlement.leads.filter(isFailure).length,
        attempt.attemptId,
      );
    const held = settlement.leads.filter(({ state }) => state.status === 'HELD').map(({ seq }) => seq);
    blockSettledLeads(store, run.organization, held);
    for (const lead of settlement.reopened ?? []) reopen(store, run, attempt.campaignId, lead, now);
    noteRefusals(store, { organization: run.organization, keyId }, attempt, settlement, now);
    liftStops(store, keyId, { reasons: settlement.lift, campaignId: '', upTo: attempt.lastStop });
    const reached = settlement.lift.filter((reason) => reason === 'unreachable');
    liftStops(store, keyId, { reasons: reached, campaignId: attempt.campaignId, upTo: attempt.lastStop });
    if (settlement.leads.some((lead) => lead.evidence !== undefined)) {
      const reasons = ['campaign_not_found', 'request_at_fault'] as const;
      liftStops(store, keyId, { reasons, campaignId: attempt.campaignId, upTo: attempt.lastStop });
    }
    if (settlement.stop) setStop(store, keyId, settlement.stop);
    // the limit may be watched over before the key is looked at
    const accepted = settlement.lift.includes('auth') && settlement.outcome !== 'rate_limited';
    if (accepted) noteAcceptedKey(store, run.organization, keyId);
    return settled;
  });
}

/** Whether a push counts as failed. A step of splitting, a pause, and what Smartlead decides about the lead do not. */
function isFailure({ audit, state, unchanged }: LeadSettlement): boolean {
  const decided = state.hold_reason !== null && HOLDS[state.hold_reason].decidedBySmartlead;
  return !unchanged && audit.action === 'push_failed' && !decided;
}

/** 1 for a reason for which a lead waits for its push. */
const waits = (reason: HoldReason | null): number => (reason !== null && HOLDS[reason].waitsForPush ? 1 : 0);

/** Gives a lead that stands refused another state, unless something else has changed it meanwhile. */
function reopen(store: StoreContext, run: Run, campaignId: string, lead: LeadSettlement, now: string): void {
  const { state } = lead;
  const { changes } = store.db
    .prepare(
      `UPDATE leads SET hold_reason = ?, next_attempt_at = ?, last_error = ?, push_attempts = ?, waiting_since = ?,
         updated_at = ?
       WHERE seq = ? AND id = ? AND hold_reason = 'refused' AND attempt_id IS NULL AND assigned_campaign_id = ?`,
    )
    .run(
      state.hold_reason,
      state.next_attempt_at,
      state.last_error,
      state.push_attempts,
      waits(state.hold_reason) === 1 ? now : null,
      now,
      lead.seq,
      lead.id,
      campaignId,
    );
  // The attempt was another lead's: it showed that this one is not to blame.
  const entry = { ...lead.audit, details: { ...lead.audit.details, reopened: true } };
  if (changes === 1) auditWriter(store, run.organization)(lead.id, entry, now);
}

/**
 * Ends attempts whose process is gone or whose lease ran out: whether their leads arrived is unknown, so they go again
 * at once, as one batch, and use no attempt up. Returns how many leads came back.
 */
export async function recoverAttempts(store: StoreContext): Promise<number> {
  const open = read(store, () =>
    store.db.prepare<[], OpenAttempt>('SELECT * FROM attempts WHERE outcome IS NULL').all(),
  );
  const abandoned = open.filter((attempt) => isAbandoned(attempt, store.clock));
  let recovered = 0;
  for (const attempt of abandoned) {
    recovered += await writeInTurn(store, () => recoverOne(store, attempt.id));
  }
  return recovered;
}

function recoverOne(store: StoreContext, attemptId: number): number {
  const now = isoTime(store.clock.now());
  const ended = store.db
    .prepare("UPDATE attempts SET outcome = 'abandoned', settled_at = ? WHERE id = ? AND outcome IS NULL")
    .run(now, attemptId).changes;
  if (ended === 0) return 0;
  const leads = store.db
    .prepare<[number], { seq: number; id: string; organization_id: string }>(
      'SELECT seq, id, organization_id FROM leads WHERE attempt_id = ?',
    )
    .all(attemptId);
  const release = store.db.prepare<[string, number, string, number]>(
    `UPDATE leads SET hold_reason = 'unknown', next_attempt_at = ?, push_group = ?, attempt_id = NULL, updated_at = ?,
       last_error = 'the process that pushed it ended before the answer came' WHERE seq = ?`,
  );
  for (const lead of leads) {
    release.run(now, attemptId * GROUPS_PER_ATTEMPT, now, lead.seq);
    const details = { attempt: attemptId, reason: 'unknown', why: 'abandoned' };
    auditWriter(store, lead.organization_id)(lead.id, { trigger: 'recovery', action: 'held', details }, now);
  }
  return leads.length;
}

/** Group numbers grow with the attempt that made them, so that older splits finish first. */
export const GROUPS_PER_ATTEMPT = 1000;

function holdMatching(
  store: StoreContext,
  run: Run,
  hold: { reason: HoldReason; message: string; nextAttemptAt: string | null },
  leads: Array<{ seq: number; id: string }>,
  now: string,
): number {
  const audit = auditWriter(store, run.organization);
  const update = store.db.prepare<[string, string | null, string, number, string, string, number]>(
    `UPDATE leads SET hold_reason = ?, next_attempt_at = ?, last_error = ?, push_group = NULL, push_step = 'push',
       waiting_since = iif(?, coalesce(waiting_since, ?), NULL), updated_at = ? WHERE seq = ?`,
  );
  for (const lead of leads) {
    update.run(hold.reason, hold.nextAttemptAt, hold.message, waits(hold.reason), now, now, lead.seq);
    const details = { reason: hold.reason, message: hold.message, run: run.id, sent: false };
    audit(lead.id, { trigger: 'delivery', action: 'held', details }, now);
  }
  return leads.length;
}

/** Holds the run's leads that wait for a stopped campaign, with the stop's reason. Call inside a transaction. */
export function holdCampaign(store: StoreContext, run: Run, stop: Stop, now: string): number {
  const reason: HoldReason = stop.reason === 'campaign_not_found' ? 'campaign_not_found' : 'push_failed';
  const leads = store.db
    .prepare<[number, string, HoldReason], { seq: number; id: string }>(
      `SELECT seq, id FROM leads WHERE push_run_seq = ? AND assigned_campaign_id = ? AND next_attempt_at IS NOT NULL
       AND attempt_id IS NULL AND hold_reason NOT IN ('unknown', ?)`,
    )
    .all(run.seq, stop.campaignId, reason);
  const nextAttemptAt = reason === 'push_failed' ? now : null;
  return holdMatching(store, run, { reason, message: stop.message, nextAttemptAt }, leads, now);
}

/** Holds every due lead of an organization as `auth`: its key is missing or refused. Unknown outcomes stay unknown. */
export async function holdForKey(store: StoreContext, run: Run, message: string): Promise<number> {
  return write(store, () => {
    const now = isoTime(store.clock.now());
    const leads = store.db
      .prepare<[string, string, string], { seq: number; id: string }>(
        `SELECT seq, id FROM leads WHERE organization_id = ? AND status = 'HELD' AND ${IS_DUE}
         AND attempt_id IS NULL AND hold_reason IN ('queued', 'push_failed', 'credit_limit')`,
      )
      .all(run.organization, ...dueValues(store.clock));
    return holdMatching(store, run, { reason: 'auth', message, nextAttemptAt: null }, leads, now);
  });
}
