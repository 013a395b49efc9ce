import type { OrganizationConfig } from '../config/schema.js';
import { HOLD_REASONS, type HoldReason, type Status } from '../lead.js';
import { halfReadInputs } from '../pipeline/half-read.js';
import { endOfStop, whyStopped } from '../pipeline/stop-words.js';
import { recentUnreadStops } from '../pipeline/unread-stops.js';
import type { StoreContext } from '../store/engine/context.js';
import type { UnreadInput } from '../store/log/unread-inputs.js';
import { type PushSuccess, readPushSuccess } from '../store/queue/push-success.js';
import { countLeads, type LeadCount, waitingGroups } from '../store/queue/queue.js';
import { listAllStops, listStops, type Stop } from '../store/queue/stops.js';
import { knownCampaigns } from '../store/rosters/campaigns.js';
import { findOldest, type OldestWaiting, type Queue, readQueue } from './queue.js';

/** What `drason status` says of one organization. The names are a contract (docs/contract.md). */
export interface PushStats {
  leads: Record<Status, number> & { total: number };
  /** HELD leads by reason; reasons that no lead has are left out. */
  held: Partial<Record<HoldReason, number>>;
  queue: Queue;
  oldest_waiting: OldestWaiting | null;
  success: PushSuccess;
  stops: Array<{
    /** null: the whole key. */
    campaign: string | null;
    name: string | null;
    reason: Stop['reason'];
    why: string;
    /** When it was refused first. */
    since: string;
    /** When it was tried last. */
    tried_at: string;
    until: string | null;
    starts_again: string;
  }>;
  /** Events of Smartlead that should have stopped somebody and could not be applied; null: there are none. */
  unread_events: { count: number; since: string } | null;
  /** Files of the last 30 days that were not read to their end. */
  unread_inputs: UnreadInput[];
}

function countsOf(states: readonly LeadCount[]): Pick<PushStats, 'leads' | 'held'> {
  const leads: PushStats['leads'] = { total: 0, ACTIVE: 0, HELD: 0, BLOCKED: 0 };
  const found = new Map<HoldReason, number>();
  for (const { status, hold_reason, n } of states) {
    leads.total += n;
    leads[status] += n;
    if (hold_reason !== null) found.set(hold_reason, n);
  }
  const held: PushStats['held'] = {};
  for (const reason of HOLD_REASONS) {
    const n = found.get(reason);
    if (n !== undefined) held[reason] = n;
  }
  return { leads, held };
}

/** Reads how an organization stands now. Without a `keyId` the stops of every key are told. */
export async function readPushStats(
  store: StoreContext,
  config: OrganizationConfig,
  keyId: string | undefined,
): Promise<PushStats> {
  const { organization } = config;
  const counts = countsOf(await countLeads(store, organization));
  const groups = await waitingGroups(store, organization);
  const names = await knownCampaigns(store, organization);
  const stops = keyId === undefined ? await listAllStops(store) : await listStops(store, keyId);
  return {
    ...counts,
    queue: await readQueue(store, config, keyId, { groups, stops, held: counts.held }),
    oldest_waiting: await findOldest(store, organization, groups),
    success: await readPushSuccess(store, organization, groups, names),
    stops: stops.map((stop) => ({
      campaign: stop.campaignId === '' ? null : stop.campaignId,
      name: names.get(stop.campaignId)?.name ?? null,
      reason: stop.reason,
      why: whyStopped(stop),
      since: stop.since,
      tried_at: stop.triedAt,
      until: stop.until,
      starts_again: endOfStop(stop),
    })),
    unread_events: (await recentUnreadStops(store, organization)) ?? null,
    unread_inputs: await halfReadInputs(store, organization),
  };
}
