import { endOfStop, whyStopped } from '../pipeline/stop-words.js';
import type { StoreContext } from '../store/engine/context.js';
import { latestKey } from '../store/queue/attempts.js';
import { listUnliftedStops } from '../store/queue/stops.js';
import { type Finding, warning } from './finding.js';

/** Tells what is stopped for the key that pushed last: since when, and when it was tried last. */
export async function* checkStops(store: StoreContext, organization: string): AsyncGenerator<Finding> {
  const keyId = await latestKey(store, organization);
  const stops = keyId === undefined ? [] : await listUnliftedStops(store, keyId);
  for (const stop of stops) {
    // the limit's own pauses are everyday business
    if (stop.reason === 'rate_limit') continue;
    const what = stop.campaignId === '' ? 'the key' : `campaign ${stop.campaignId}`;
    const text = `${what} is stopped since ${stop.since}, last tried ${stop.triedAt}: ${whyStopped(stop)}`;
    yield warning('stops', text, endOfStop(stop));
  }
}
