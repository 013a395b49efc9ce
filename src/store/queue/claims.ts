import { type Clock, isoTime } from '../../clock.js';
import { read, type StoreContext, writeInTurn } from '../engine/context.js';
import { thisProcess } from '../engine/owner.js';
import type { StoredLead } from '../leads/lead-rows.js';
import { blockHeldLead, suppressionLookup } from '../leads/suppressions.js';
import type { Run } from '../log/runs.js';
import type { Claim, ClaimAnswer, ClaimRequest } from './claim.js';
import { divert } from './divert.js';
import { type Pick, pickNext, pickProbe, readLeads } from './picks.js';
import { takeTokenNow } from './rate-budget.js';
import { holdCampaign } from './settling.js';
import { extendStop, lastStopId, noteTry, type Stop, stopsOf } from './stops.js';

/** How long a process may work on what it claimed before others take it for gone, milliseconds. */
export const LEASE_MS = 120_000;
/** While one process tries whether Smartlead answers again, the others wait this long. */
const PROBE_MS = 65_000;

/** Leads that today's rules, or a suppression, keep from being sent leave the queue; of an unknown one it is only asked. */
function withoutDiverted(store: StoreContext, request: ClaimRequest, leads: StoredLead[], at: string): StoredLead[] {
  const { run, redecide = () => undefined } = request;
  const suppressedFor = suppressionLookup(store, run.organization);
  const lookUp = store.db.prepare<[number]>(
    "UPDATE leads SET push_step = 'look_up', push_group = coalesce(push_group, 0) WHERE seq = ?",
  );
  return leads.filter((lead) => {
    if (lead.push_step !== 'push' && lead.push_step !== 'push_again') return true;
    const suppressed = suppressedFor(lead.email);
    const instead = redecide(lead, suppressed);
    if (suppressed === undefined && !instead) return true;
    if (lead.hold_reason === 'unknown') lookUp.run(lead.seq);
    else if (instead) divert(store, run.organization, lead, instead, at);
    else if (suppressed !== undefined) blockHeldLead(store, run.organization, lead, suppressed, 'delivery');
    return false;
  });
}

function insertAttempt(
  store: StoreContext,
  request: ClaimRequest,
  pick: Pick,
  count: number,
  leaseSteady: number,
): number {
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
      leaseSteady,
    );
  return Number(inserted.lastInsertRowid);
}

/** The stops of campaigns, as far as only an answer ends them: those that this run tries out, and those that hold. */
function campaignStops(request: ClaimRequest, stops: readonly Stop[]): { onTrial: Stop[]; holding: Stop[] } {
  const standing = stops.filter(
    ({ campaignId, reason }) => campaignId !== '' && reason !== 'unreachable' && !request.probed.has(campaignId),
  );
  return {
    onTrial: standing.filter(({ id }) => request.trying.has(id)),
    holding: standing.filter(({ id }) => !request.trying.has(id)),
  };
}

const campaignsOf = (stops: readonly Stop[]): string[] => stops.map(({ campaignId }) => campaignId);

/** Whether other campaigns of a run have leads that wait or are on their way. */
export function othersWait({ db }: StoreContext, run: Run, campaignId: string): boolean {
  const query = (where: string) =>
    db.prepare<[number, string]>(
      `SELECT 1 FROM leads WHERE push_run_seq = ? AND assigned_campaign_id != ? AND ${where} LIMIT 1`,
    );
  // as two questions each is answered by an index
  const waits = ['push_group IS NULL', 'push_group IS NOT NULL'].map(
    (group) => `next_attempt_at IS NOT NULL AND ${group}`,
  );
  return [...waits, 'attempt_id IS NOT NULL'].some((where) => query(where).get(run.seq, campaignId) !== undefined);
}

/** Most looks find nothing: they must not wait for the write lock. */
function findsNothing(store: StoreContext, request: ClaimRequest): boolean {
  const { onTrial, holding } = campaignStops(request, stopsOf(store, request.keyId));
  return holding.length === 0 && pickNext(store, request, [...request.probed], campaignsOf(onTrial)) === undefined;
}

/** Nothing may go but what waits for a campaign that does not answer. */
function whilePaused(store: StoreContext, request: ClaimRequest, held: string[], paused: readonly Stop[]): ClaimAnswer {
  // while more may come for others, those are waited for
  const waiting = request.onlyFullBatches ? undefined : pickNext(store, request, held, []);
  const by = paused.find((stop) => stop.campaignId === waiting?.campaignId);
  return by ? { kind: 'wait', ms: by.leftMs ?? 0, pausedBy: by } : { kind: 'nothing' };
}

/**
 * Claims the next batch of the run, and the right to send it, in one transaction that is committed before a byte is
 * sent. Leads of stopped campaigns are held with the reason of the stop on the way.
 */
export async function claimBatch(store: StoreContext, request: ClaimRequest): Promise<ClaimAnswer> {
  if (read(store, () => findsNothing(store, request))) return { kind: 'nothing' };
  return writeInTurn(store, (): ClaimAnswer => {
    const now = isoTime(store.clock.now());
    const stops = stopsOf(store, request.keyId);
    const keyStops = stops.filter((stop) => stop.campaignId === '' && !request.trying.has(stop.id));
    const mayProbe = (stop: Stop) => stop.reason === 'unreachable' && stop.leftMs === 0;
    const standing = keyStops.filter((stop) => !mayProbe(stop));
    const keyStop = standing.find((stop) => stop.reason !== 'rate_limit') ?? standing[0];
    const { onTrial, holding } = campaignStops(request, stops);
    for (const stop of holding) holdCampaign(store, request.run, stop, now);

    const pauses = stops.filter((stop) => stop.campaignId !== '' && stop.reason === 'unreachable');
    const paused = pauses.filter((stop) => !mayProbe(stop));
    const held = [...campaignsOf(holding), ...request.probed];
    const stopped = [...held, ...campaignsOf(paused)];
    const trials = campaignsOf(onTrial);
    // whether Smartlead is there again is asked where it did not fail last
    const isUnreachable = stops.some(({ campaignId, reason }) => campaignId === '' && reason === 'unreachable');
    const pick = isUnreachable ? pickProbe(store, request, stopped) : pickNext(store, request, stopped, trials);
    if (!pick) return paused.length > 0 ? whilePaused(store, request, held, paused) : { kind: 'nothing' };

    if (keyStop) {
      return keyStop.reason === 'rate_limit'
        ? { kind: 'wait', ms: keyStop.leftMs ?? 0, pausedBy: keyStop }
        : { kind: 'stopped', by: keyStop };
    }
    const ofPick = ({ campaignId }: Stop) => campaignId === pick.campaignId;
    const ofKey = stops.filter(({ campaignId, id }) => campaignId === '' && request.trying.has(id));
    const tried = [...ofKey, ...keyStops.filter(mayProbe), ...onTrial.filter(ofPick), ...pauses.filter(ofPick)];
    const limit = tried.length > 0 ? 1 : request.batchSize;
    const leads = withoutDiverted(store, request, readLeads(store, request, pick, limit), now);
    if (leads.length === 0) return { kind: 'wait', ms: 0, pausedBy: undefined };

    const { token, waitMs } = takeTokenNow(store, request.keyId, request.windows);
    if (token === undefined) return { kind: 'wait', ms: waitMs, pausedBy: undefined };
    for (const stop of tried) {
      noteTry(store, stop.id);
      if (mayProbe(stop)) extendStop(store, stop.id, PROBE_MS);
    }
    const leaseSteady = store.clock.steady() + LEASE_MS;
    const leaseUntil = store.clock.now() + LEASE_MS;
    const attemptId = insertAttempt(store, request, pick, leads.length, leaseSteady);
    const mark = store.db.prepare('UPDATE leads SET attempt_id = ?, next_attempt_at = NULL WHERE seq = ?');
    for (const lead of leads) mark.run(attemptId, lead.seq);
    const lastStop = lastStopId(store);
    const claim = { attemptId, ...pick, leads, token, leaseSteady, leaseUntil, lastStop, probe: tried[0] };
    return { kind: 'claimed', claim };
  });
}

/** Whether a claim is still its process's alone. Asked at the moment of writing: it may have stood still since. */
export function holdsLease(clock: Clock, claim: { leaseSteady: number; leaseUntil: number }): boolean {
  return clock.steady() < claim.leaseSteady && clock.now() < claim.leaseUntil;
}

/** Whether a claim still has all its leads: one may have been settled by the late answer to an earlier attempt, or taken over. */
export function holdsLeads(store: StoreContext, { attemptId, leads }: Claim): boolean {
  const count = store.db.prepare<[number], number>('SELECT count(*) FROM leads WHERE attempt_id = ?').pluck();
  return read(store, () => count.get(attemptId)) === leads.length;
}

/** Keeps a claim that takes longer than one request, such as looking many leads up. False: others have taken it over. */
export async function renewLease(store: StoreContext, attemptId: number): Promise<boolean> {
  const renewed = await writeInTurn(store, () =>
    store.db
      .prepare('UPDATE attempts SET lease_until = ?, lease_steady = ? WHERE id = ? AND outcome IS NULL')
      .run(isoTime(store.clock.now() + LEASE_MS), store.clock.steady() + LEASE_MS, attemptId),
  );
  return renewed.changes === 1;
}
