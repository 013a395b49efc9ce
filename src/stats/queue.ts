import { isoTime } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import { holdReasonsWith } from '../holds.js';
import type { HoldReason } from '../lead.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { StoreContext } from '../store/engine/context.js';
import { leadWaitingSince, type WaitingGroup } from '../store/queue/queue.js';
import { recentRequests } from '../store/queue/rate-budget.js';
import type { Stop } from '../store/queue/stops.js';
import { requestsNeeded, timeToSend } from './queue-time.js';

/** HELD leads, by what they wait for. */
export interface Queue {
  /** What may go now, and when the limit lets the last request go at the earliest. */
  now: { leads: number; requests: number; empty_in_ms: number; empty_at: string };
  in_flight: number;
  waiting_for_time: { leads: number; first: string | null };
  /** Behind a stopped key or campaign. */
  waiting_for_stop: { leads: number };
  /** For a rule, a decision, or a key that is not at hand. */
  waiting_for_person: { leads: number };
}

/** The lead that has waited longest for its push. */
export interface OldestWaiting {
  email: string;
  hold_reason: HoldReason;
  campaign: string;
  since: string;
  age_ms: number;
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, n) => total + n, 0);
const isPause = ({ campaignId, reason }: Stop) => campaignId === '' && reason === 'rate_limit';

/** Nothing is pushed with the key: a pause only delays, and after an outage one request tries by itself. */
function stopsKey(stop: Stop): boolean {
  return stop.campaignId === '' && !isPause(stop) && !(stop.reason === 'unreachable' && stop.leftMs === 0);
}

/** Sorts what is HELD by what it waits for. Without a `keyId` nothing is known of the limit's windows. */
export async function readQueue(
  store: StoreContext,
  config: OrganizationConfig,
  keyId: string | undefined,
  found: { groups: readonly WaitingGroup[]; stops: readonly Stop[]; held: Partial<Record<HoldReason, number>> },
): Promise<Queue> {
  const { groups, stops, held } = found;
  const stoppedCampaigns = new Set(stops.map((stop) => stop.campaignId));
  const keyStopped = stops.some(stopsKey);
  const ready = new Map<string, number>();
  let behindStop = 0;
  let withoutKey = 0;
  for (const { hold_reason, campaign_id, n, in_flight, later } of groups) {
    const due = n - in_flight - later;
    if (keyStopped || stoppedCampaigns.has(campaign_id)) behindStop += due;
    else if (hold_reason === 'auth' && keyId === undefined) withoutKey += due;
    else ready.set(campaign_id, (ready.get(campaign_id) ?? 0) + due);
  }
  const { batchSize, rateLimit } = await pushSettingsOf(store, config);
  const requests = requestsNeeded(ready.values(), batchSize);
  const ages = keyId === undefined ? [] : await recentRequests(store, keyId, rateLimit);
  const pause = stops.find(isPause)?.leftMs ?? 0;
  const emptyInMs = Math.ceil(timeToSend(requests, rateLimit, ages, pause));
  const forPerson = holdReasonsWith(({ waitsForPush }) => !waitsForPush).map((reason) => held[reason] ?? 0);
  return {
    now: {
      leads: sum(ready.values()),
      requests,
      empty_in_ms: emptyInMs,
      empty_at: isoTime(store.clock.now() + emptyInMs),
    },
    in_flight: sum(groups.map((group) => group.in_flight)),
    waiting_for_time: {
      leads: sum(groups.map((group) => group.later)),
      first: groups.flatMap(({ next }) => next ?? []).sort()[0] ?? null,
    },
    waiting_for_stop: { leads: behindStop },
    waiting_for_person: { leads: sum(forPerson) + withoutKey },
  };
}

/** Finds the lead that has waited longest for its push; null when none waits. */
export async function findOldest(
  store: StoreContext,
  organization: string,
  groups: readonly WaitingGroup[],
): Promise<OldestWaiting | null> {
  const [oldest] = groups.toSorted((a, b) => (a.since < b.since ? -1 : 1));
  const email = oldest && (await leadWaitingSince(store, organization, oldest));
  if (oldest === undefined || email === undefined) return null;
  const age_ms = Math.max(0, store.clock.now() - Date.parse(oldest.since));
  return { email, hold_reason: oldest.hold_reason, campaign: oldest.campaign_id, since: oldest.since, age_ms };
}
