import { isoTime } from '../clock.js';
import type { StoreContext } from '../store/engine/context.js';
import { type UnreadStops, unreadStops } from '../store/log/webhook-events.js';

/** For so long a person is reminded; afterwards the audit log still has it. */
const REMINDED_MS = 30 * 24 * 60 * 60 * 1000;

/** How to see them. */
export const SEE_UNREAD = 'drason audit --action event_unread';

/** The events of the last 30 days that should have stopped somebody, and could not; undefined: there are none. */
export async function recentUnreadStops(store: StoreContext, organization: string): Promise<UnreadStops | undefined> {
  return unreadStops(store, organization, isoTime(store.clock.now() - REMINDED_MS));
}

/** What they are, as a sentence. */
export function unreadText({ count, since }: UnreadStops): string {
  const events = count === 1 ? '1 event' : `${count.toLocaleString('en')} events`;
  return `${events} from Smartlead since ${since} should have stopped somebody, and it cannot be read whom or why; nobody was suppressed`;
}
