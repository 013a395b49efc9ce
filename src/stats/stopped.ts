import type { StoreContext } from '../store/engine/context.js';
import { unknownCampaigns, waitingGroups } from '../store/queue/queue.js';
import { listAllStops, listStops, type Stop } from '../store/queue/stops.js';

/** A stop, and how many leads of an organization wait behind it. */
export interface Stopped extends Stop {
  leads: number;
  /** False: there are so many that not all were counted. */
  countedAll: boolean;
}

/** What is stopped for a key, and which leads of an organization wait behind it. Without a key: for every key. */
export async function readStopped(
  store: StoreContext,
  organization: string,
  keyId: string | undefined,
): Promise<Stopped[]> {
  const stops = keyId === undefined ? await listAllStops(store) : await listStops(store, keyId);
  if (stops.length === 0) return [];
  const groups = await waitingGroups(store, organization);
  const unknown = await unknownCampaigns(store, organization);
  return stops.map((stop) => {
    const behind = groups.filter(({ campaign_id: id }) => stop.campaignId === '' || stop.campaignId === id);
    const waiting = behind.reduce((sum, { n }) => sum + n, 0);
    const missing = stop.reason === 'campaign_not_found';
    return {
      ...stop,
      leads: waiting + (missing ? (unknown.leads.get(stop.campaignId) ?? 0) : 0),
      countedAll: !missing || unknown.all,
    };
  });
}
