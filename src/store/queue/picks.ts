import type { StoreContext } from '../engine/context.js';
import { fromRow, type LeadRow, type PushStep, type StoredLead } from '../leads/lead-rows.js';
import { failingCampaigns } from './attempts.js';
import type { ClaimRequest } from './claim.js';
import { dueValues, IS_DUE } from './due.js';

/** A campaign, or leads of one that travel together, whose turn it is. */
export interface Pick {
  campaignId: string;
  group: number | null;
  step: PushStep;
}

/** Groups go first, lowest first: a split goes on level by level, and unknown outcomes are settled before new pushes. */
function pickGroup({ db, clock }: StoreContext, request: ClaimRequest, stopped: string[]): Pick | undefined {
  return db
    .prepare<[number, string, string, string], Pick>(
      `SELECT assigned_campaign_id AS campaignId, push_group AS "group", push_step AS step FROM leads
       WHERE push_run_seq = ? AND push_group IS NOT NULL AND next_attempt_at IS NOT NULL AND ${IS_DUE}
         AND assigned_campaign_id NOT IN (SELECT value FROM json_each(?))
       ORDER BY push_group LIMIT 1`,
    )
    .get(request.run.seq, ...dueValues(clock), JSON.stringify(stopped));
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

function pickCampaign({ db, clock }: StoreContext, request: ClaimRequest, open: string[], onTrial: string[]) {
  const count = db
    .prepare<[number, string, string, string, number], number>(
      `SELECT count(*) FROM (SELECT 1 FROM leads
       WHERE push_run_seq = ? AND assigned_campaign_id = ? AND push_group IS NULL AND next_attempt_at IS NOT NULL
         AND ${IS_DUE} LIMIT ?)`,
    )
    .pluck();
  const due = dueValues(clock);
  const inTurn = [...open.filter((id) => id > request.after), ...open.filter((id) => id <= request.after)];
  const needed = (id: string) => (request.onlyFullBatches && !onTrial.includes(id) ? request.batchSize : 1);
  const isReady = (id: string) => (count.get(request.run.seq, id, ...due, request.batchSize) ?? 0) >= needed(id);
  const campaignId = inTurn.find(isReady);
  return campaignId === undefined ? undefined : ({ campaignId, group: null, step: 'push' } satisfies Pick);
}

export function readLeads({ db, clock }: StoreContext, request: ClaimRequest, pick: Pick, limit: number): StoredLead[] {
  const where =
    pick.group === null
      ? 'assigned_campaign_id = ? AND push_group IS NULL'
      : 'assigned_campaign_id = ? AND push_group = ? AND push_step = ?';
  return db
    .prepare<Array<string | number>, LeadRow>(
      `SELECT * FROM leads WHERE push_run_seq = ? AND ${where} AND next_attempt_at IS NOT NULL AND ${IS_DUE}
       ORDER BY next_attempt_at, seq LIMIT ?`,
    )
    .all(
      request.run.seq,
      pick.campaignId,
      ...(pick.group === null ? [] : [pick.group, pick.step]),
      ...dueValues(clock),
      limit,
    )
    .map(fromRow);
}

/** A campaign on trial is best tried with a new lead: what a look-up finds says nothing about pushes. */
export function pickNext(
  store: StoreContext,
  request: ClaimRequest,
  stopped: string[],
  onTrial: string[],
): Pick | undefined {
  const open = waitingCampaigns(store, request.run.seq).filter((id) => !stopped.includes(id));
  return (
    pickGroup(store, request, [...stopped, ...onTrial]) ??
    pickCampaign(store, request, open, onTrial) ??
    (onTrial.length > 0 ? pickGroup(store, request, stopped) : undefined)
  );
}

/** What finds out whether Smartlead is there again: a campaign that did not fail last, else the one that failed longest ago. */
export function pickProbe(store: StoreContext, request: ClaimRequest, stopped: string[]): Pick | undefined {
  const failing = failingCampaigns(store, request.keyId);
  const all = waitingCampaigns(store, request.run.seq);
  for (let avoided = failing.length; avoided >= 0; avoided--) {
    const pick = pickNext(store, request, [...stopped, ...failing.slice(0, avoided)], all);
    if (pick) return pick;
  }
  return undefined;
}
