import type { OrganizationConfig } from '../config/schema.js';
import type { StoreContext } from '../store/engine/context.js';
import { pushCounts, recentLatencies } from '../store/queue/attempts.js';
import { countLeads, type LeadCount } from '../store/queue/queue.js';
import { readLimiter } from './limiter.js';
import { readPushStats } from './push-stats.js';

/** What a service tells of one organization to whatever watches over it. */
export interface ServiceStats {
  organization: string;
  leads: LeadCount[];
  /** Leads proven to be in their campaign, and pushes that failed, since the database was made. */
  proven: number;
  failed: number;
  queue: { leads: number; oldestMs: number };
  stops: number;
  limiter: Array<{ requests: number; perMs: number; used: number }>;
  /** From claim to settlement, the latest attempts, milliseconds; undefined where there are none. */
  latencyMs: number | undefined;
}

const LATEST = 100;

/** Reads how an organization stands. Without a `keyId` nothing is known of its limit. */
export async function readServiceStats(
  store: StoreContext,
  config: OrganizationConfig,
  keyId: string | undefined,
): Promise<ServiceStats> {
  const { organization } = config;
  const stats = await readPushStats(store, config, keyId);
  const counts = await pushCounts(store, organization, '');
  const latencies = await recentLatencies(store, organization, LATEST);
  const { now, in_flight, waiting_for_time, waiting_for_stop } = stats.queue;
  return {
    organization,
    leads: await countLeads(store, organization),
    proven: counts.reduce((sum, { proven }) => sum + proven, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    queue: {
      leads: now.leads + in_flight + waiting_for_time.leads + waiting_for_stop.leads,
      oldestMs: stats.oldest_waiting?.age_ms ?? 0,
    },
    stops: stats.stops.length,
    limiter: await readLimiter(store, config, keyId),
    latencyMs: latencies.length === 0 ? undefined : latencies.reduce((sum, one) => sum + one, 0) / latencies.length,
  };
}
