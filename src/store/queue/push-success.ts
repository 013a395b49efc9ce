import { isoTime } from '../../clock.js';
import type { StoreContext } from '../engine/context.js';
import type { KnownCampaign } from '../rosters/campaigns.js';
import { type PushCount, pushCounts } from './attempts.js';
import type { WaitingGroup } from './queue.js';

const DAY_MS = 86_400_000;
const DAYS = 7;

/** How pushes went: what was proven, of what was proven or failed. `rate` is from 0 to 1, null when nothing was pushed. */
interface Success {
  proven: number;
  failed: number;
  rate: number | null;
}

/** The push success of an organization over some time, and of its campaigns. */
export interface PushSuccess {
  last_24_hours: Success;
  /** Today and the six days before, by UTC. */
  by_day: Array<Success & { day: string }>;
  /** Over the same days; campaigns that leads wait for are there, too. */
  by_campaign: Array<Success & { campaign: string; name: string | null; status: string | null; waiting: number }>;
}

function successOf(counts: readonly PushCount[]): Success {
  const proven = counts.reduce((total, count) => total + count.proven, 0);
  const failed = counts.reduce((total, count) => total + count.failed, 0);
  return { proven, failed, rate: proven + failed === 0 ? null : proven / (proven + failed) };
}

/** How the pushes of an organization went in the last 24 hours. */
export async function successOfLastDay(store: StoreContext, organization: string): Promise<Success> {
  return successOf(await pushCounts(store, organization, isoTime(store.clock.now() - DAY_MS)));
}

function byDay(counts: readonly PushCount[], today: number): PushSuccess['by_day'] {
  return Array.from({ length: DAYS }, (_, n) => {
    const day = isoTime(today - (DAYS - 1 - n) * DAY_MS).slice(0, 10);
    return { day, ...successOf(counts.filter((count) => count.day === day)) };
  });
}

function byCampaign(
  counts: readonly PushCount[],
  groups: readonly WaitingGroup[],
  names: ReadonlyMap<string, KnownCampaign>,
): PushSuccess['by_campaign'] {
  const ids = new Set([...counts, ...groups].map(({ campaign_id }) => campaign_id));
  const inOrder = [...ids].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return inOrder.map((id) => ({
    campaign: id,
    name: names.get(id)?.name ?? null,
    status: names.get(id)?.status ?? null,
    waiting: groups.reduce((total, { campaign_id, n }) => total + (campaign_id === id ? n : 0), 0),
    ...successOf(counts.filter((count) => count.campaign_id === id)),
  }));
}

/** How the pushes of an organization went, by day, by campaign and over the last 24 hours. */
export async function readPushSuccess(
  store: StoreContext,
  organization: string,
  groups: readonly WaitingGroup[],
  names: ReadonlyMap<string, KnownCampaign>,
): Promise<PushSuccess> {
  const today = Math.floor(store.clock.now() / DAY_MS) * DAY_MS;
  const week = await pushCounts(store, organization, isoTime(today - (DAYS - 1) * DAY_MS));
  return {
    last_24_hours: await successOfLastDay(store, organization),
    by_day: byDay(week, today),
    by_campaign: byCampaign(week, groups, names),
  };
}
