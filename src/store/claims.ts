import { isoTime } from '../clock.js';
import { auditWriter } from './audit.js';
import { type StoreContext, write } from './context.js';
import { fromRow, type LeadRow, type PushStep, type StoredLead } from './lead-rows.js';
import { thisProcess } from './owner.js';
import { type RateWindow, takeTokenNow } from './rate-budget.js';
import type { Run } from './runs.js';
import { holdCampaign } from './settling.js';
import { extendStop, type Stop, stopsOf } from './stops.js';
import { suppressionLookup } from './suppressions.js';

/** How long a process may work on what it claimed before others take it for gone, milliseconds. */
export const LEASE_MS = 120_000;
/** While one process tries whether Smartlead answers again, the others wait this long. */
const PROBE_MS = 65_000;

export interface ClaimRequest {
  run: Run;
  keyId: string;
  batchSize: number;
  windows: readonly RateWindow[];
  /** While the input is still being read only full batches go, so that a run makes no more requests than needed. */
  onlyFullBatches: boolean;
  /** Stops with an id up to this were set before the run began: it tries a campaign among them once. */
  oldStops: number;
  /** A stop of the key that this run is trying out now. */
  trying: ReadonlySet<number>;
  /** Fairness: campaigns after this one come first. */
  after: string;
}

/** Leads that this process may now send, and nobody else. */
export interface Claim {
  attemptId: number;
  campaignId: string;
  step: PushStep;
  group: number | null;
  leads: StoredLead[];
  /** Set when the step sends at once: the right to make one request. */
  token: number | undefined;
  /** Smartlead did not answer before; this request finds out whether it does now. */
  probe: boolean;
}

export type ClaimAnswer =
  | { kind: 'claimed'; claim: Claim }
  | { kind: 'wait'; ms: number; pausedBy: Stop | undefined }
  | { kind: 'stopped'; by: Stop }
  | { kind: 'nothing' };

interface Pick {
  campaignId: string;
  group: number | null;
  step: PushStep;
}

/** Groups go first, oldest first: a split goes on level by level, and unknown outcomes are settled before new pushes. */
function pickGroup({ db }: StoreContext, request: ClaimRequest, now: string, stopped: Set<string>): Pick | undefined {
  const groups = db
    .prepare<[number, string], { push_group: number; push_step: PushStep; assigned_campaign_id: string }>(
      `SELECT push_group, push_step, assigned_campaign_id FROM leads
       WHERE push_run_seq = ? AND push_group IS NOT NULL AND next_attempt_at IS NOT NULL AND next_attempt_at <= ?
       GROUP BY push_group ORDER BY push_group LIMIT 100`,
    )
    .all(request.run.seq, now);
  const open = groups.find((group) => !stopped.has(group.assigned_campaign_id));
  return open && { campaignId: open.assigned_campaign_id, group: open.push_group, step: open.push_step };
}

/** The campaigns of this run that have leads waiting, read by skipping through the index. */
function waitingCampaigns({ db }: StoreContext, runSeq: number): string[] {
  const next = db
    .prepare<[number, string], string>(
      `SELECT assigned_campaign_id FROM leads
       WHERE push_run_seq = ? AND assigned_campaign_id > ? AND next_attempt_at IS NOT NULL AND push_group IS NULL
       ORDER BY assigned_campaign_id LIMIT 1`,
    )
    .pluck();
  const found: string[] = [];
  for (let campaign = next.get(runSeq, ''); campaign !== undefined; campaign = next.get(runSeq, campaign)) {
    found.push(campaign);
  }
  return found;
}

function pickCampaign({ db }: StoreContext, request: ClaimRequest, now: string, open: string[]): Pick | undefined {
  const count = db
    .prepare<[number, string, string, number], number>(
      `SELECT count(*) FROM (SELECT 1 FROM leads
       WHERE push_run_seq = ? AND assigned_campaign_id = ? AND next_attempt_at <= ? AND next_attempt_at IS NOT NULL
         AND push_group IS NULL LIMIT ?)`,
    )
    .pluck();
  const inTurn = [...open.filter((id) => id > request.after), ...open.filter((id) => id <= request.after)];
  const needed = request.onlyFullBatches ? request.batchSize : 1;
  const campaignId = inTurn.find((id) => (count.get(request.run.seq, id, now, request.batchSize) ?? 0) >= needed);
  return campaignId === undefined ? undefined : { campaignId, group: null, step: 'push' };
}

function readLeads({ db }: StoreContext, request: ClaimRequest, pick: Pick, now: string): StoredLead[] {
  const where =
    pick.group === null
      ? 'assigned_campaign_id = ? AND push_group IS NULL'
      : 'assigned_campaign_id = ? AND push_group = ? AND push_step = ?';
  return db
    .prepare<Array<string | number>, LeadRow>(
      `SELECT * FROM leads WHERE push_run_seq = ? AND ${where} AND next_attempt_at IS NOT NULL AND next_attempt_at <= ?
       ORDER BY next_attempt_at, seq LIMIT ?`,
    )
    .all(
      request.run.seq,
      pick.campaignId,
      ...(pick.group === null ? [] : [pick.group, pick.step]),
      now,
      request.batchSize,
    )
    .map(fromRow);
}

/** Leads that were suppressed since they were routed leave the queue; of an unknown one it is only looked up. */
function withoutSuppressed(store: StoreContext, run: Run, leads: StoredLead[], at: string): StoredLead[] {
  const suppressedFor = suppressionLookup(store, run.organization);
  const audit = auditWriter(store, run.organization);
  return leads.filter((lead) => {
    const reason = lead.push_step === 'push' ? suppressedFor(lead.email) : undefined;
    if (reason === undefined) return true;
    if (lead.hold_reason === 'unknown') {
      store.db.prepare("UPDATE leads SET push_step = 'look_up' WHERE seq = ?").run(lead.seq);
      return false;
    }
    store.db
      .prepare(
        `UPDATE leads SET status = 'BLOCKED', hold_reason = NULL, next_attempt_at = NULL, push_group = NULL,
         updated_at = ? WHERE seq = ?`,
      )
      .run(at, lead.seq);
    audit(lead.id, { trigger: 'delivery', action: 'blocked', details: { suppressed: reason, run: run.id } }, at);
    return false;
  });
}

function insertAttempt(store: StoreContext, request: ClaimRequest, pick: Pick, count: number): number {
  const me = thisProcess();
  const now = store.clock.now();
  const inserted = store.db
    .prepare(
      `INSERT INTO attempts (organization_id, run_seq, key_id, campaign_id, step, push_group, lead_count, host, boot_id,
         pid, process_started, claimed_at, lease_until, lease_steady) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      request.run.organization,
      request.run.seq,
      request.keyId,
      pick.campaignId,
      pick.step,
      pick.group,
      count,
      me.host,
      me.bootId,
      me.pid,
      me.processStarted,
      isoTime(now),
      isoTime(now + LEASE_MS),
      store.clock.steady() + LEASE_MS,
    );
  return Number(inserted.lastInsertRowid);
}

/**
 * Claims the next batch of the run, and the right to send it, in one transaction that is committed before a byte is
 * sent. Leads of stopped campaigns are held with the reason of the stop on the way.
 */
export async function claimBatch(store: StoreContext, request: ClaimRequest): Promise<ClaimAnswer> {
  return write(store, (): ClaimAnswer => {
    const now = isoTime(store.clock.now());
    const stops = stopsOf(store, request.keyId);
    const keyStop = stops.find((stop) => stop.campaignId === '' && !request.trying.has(stop.id));
    const stoppedCampaigns = stops.filter((stop) => stop.campaignId !== '' && stop.id > request.oldStops);
    for (const stop of stoppedCampaigns) holdCampaign(store, request.run, stop, now);
    const stopped = new Set(stoppedCampaigns.map((stop) => stop.campaignId));

    const open = waitingCampaigns(store, request.run.seq).filter((id) => !stopped.has(id));
    const pick = pickGroup(store, request, now, stopped) ?? pickCampaign(store, request, now, open);
    if (!pick) return { kind: 'nothing' };

    const probe = keyStop?.reason === 'unreachable' && keyStop.leftMs === 0;
    if (keyStop && !probe) {
      return keyStop.reason === 'rate_limit'
        ? { kind: 'wait', ms: keyStop.leftMs ?? 0, pausedBy: keyStop }
        : { kind: 'stopped', by: keyStop };
    }
    const leads = withoutSuppressed(store, request.run, readLeads(store, request, pick, now), now);
    if (leads.length === 0) return { kind: 'wait', ms: 0, pausedBy: undefined };

    let token: number | undefined;
    if (pick.step === 'push') {
      const answer = takeTokenNow(store, request.keyId, request.windows);
      if (answer.token === undefined) return { kind: 'wait', ms: answer.waitMs, pausedBy: undefined };
      token = answer.token;
    }
    if (probe && keyStop) extendStop(store, keyStop.id, PROBE_MS);
    const attemptId = insertAttempt(store, request, pick, leads.length);
    const mark = store.db.prepare('UPDATE leads SET attempt_id = ?, next_attempt_at = NULL WHERE seq = ?');
    for (const lead of leads) mark.run(attemptId, lead.seq);
    return { kind: 'claimed', claim: { attemptId, ...pick, leads, token, probe } };
  });
}

/** Keeps a claim that takes longer than one request, such as looking many leads up. */
export async function renewLease(store: StoreContext, attemptId: number): Promise<void> {
  write(store, () =>
    store.db
      .prepare('UPDATE attempts SET lease_until = ?, lease_steady = ? WHERE id = ?')
      .run(isoTime(store.clock.now() + LEASE_MS), store.clock.steady() + LEASE_MS, attemptId),
  );
}
