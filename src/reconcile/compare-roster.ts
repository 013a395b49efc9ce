import type { Correction, Standing, Stranger } from '../store/rosters/reconciling.js';
import type { Reading } from '../store/rosters/rosters.js';
import type { Difference, Note } from './reconcile-types.js';

/** What is done about a difference; nothing is done about what is undecided, or only reported. */
export const CORRECTIONS: Partial<Record<Difference | Note, Correction>> = {
  removed: 'removed',
  place_gone: 'left',
  unknown_there: 'found',
  unknown_absent: 'absent',
  held_there: 'found',
};

/** Whether everything that Smartlead says a campaign has was read, and its totals stayed the same. Pure. */
export function addsUp({ ended, firstTotal, lastTotal }: Reading, members: number): boolean {
  return ended && firstTotal === lastTotal && members === lastTotal;
}

/** A lead that is on its way, or was settled since the reading began: the roster says nothing about it. */
export function movedSince({ attempt_id, updated_at, proven_at }: Standing, { startedAt }: Reading): boolean {
  return attempt_id !== null || updated_at >= startedAt || (proven_at !== null && proven_at >= startedAt);
}

/** How someone who was found in the campaign stands here; undefined: both sides agree. Pure. */
export function kindOfFound(entry: Standing | Stranger, reading: Reading): Difference | Note | undefined {
  if (entry.seq === null) return 'strangers';
  if (entry.status === 'BLOCKED') return 'blocked_there';
  const itsCampaign = entry.assigned_campaign_id === reading.campaignId;
  if (entry.status === 'HELD' && itsCampaign) {
    if (movedSince(entry, reading)) return 'left_alone';
    return entry.hold_reason === 'unknown' ? 'unknown_there' : 'held_there';
  }
  return itsCampaign || entry.proven_at !== null ? undefined : 'elsewhere';
}

/** How a lead stands that is proven to be in the campaign and was not found there. A look-up must have denied it. Pure. */
export function kindOfMissing(standing: Standing, reading: Reading): Difference | Note {
  if (movedSince(standing, reading)) return 'left_alone';
  if (standing.present === null) return 'undecided';
  const itsCampaign = standing.assigned_campaign_id === reading.campaignId;
  return standing.status === 'ACTIVE' && itsCampaign ? 'removed' : 'place_gone';
}

/** How a lead stands whose outcome is unknown and that was not found there: a roster that adds up is enough. Pure. */
export function kindOfUnknown(standing: Standing, reading: Reading, rosterAddsUp: boolean): Difference | Note {
  if (movedSince(standing, reading)) return 'left_alone';
  return rosterAddsUp || standing.present !== null ? 'unknown_absent' : 'undecided';
}
