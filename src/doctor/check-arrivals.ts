import { halfReadInputs, halfReadText, readAgain } from '../pipeline/half-read.js';
import { recentUnreadStops, SEE_UNREAD, unreadText } from '../pipeline/unread-stops.js';
import type { StoreContext } from '../store/engine/context.js';
import { type Finding, warning } from './finding.js';

/** Checks that every file that was begun was read to its end. */
export async function* checkInputs(store: StoreContext, organization: string): AsyncGenerator<Finding> {
  for (const input of await halfReadInputs(store, organization)) {
    yield warning('inputs', halfReadText(input), readAgain(input));
  }
}

/** Checks that every unsubscribe, complaint and bounce that came could be applied. */
export async function* checkEvents(store: StoreContext, organization: string): AsyncGenerator<Finding> {
  const unread = await recentUnreadStops(store, organization);
  if (!unread) return;
  const fix = `${SEE_UNREAD} shows them. Find the person in Smartlead, then: drason suppress add ADDRESS`;
  yield warning('events', unreadText(unread), fix);
}
