import prettyMs from 'pretty-ms';
import type { OrganizationConfig } from '../config/schema.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { StoreContext } from '../store/context.js';
import { recentRequests } from '../store/rate-budget.js';

/** How much of each window of the limit is used just now: `3 of 10 in 2s`. */
export async function readLimiter(
  store: StoreContext,
  config: OrganizationConfig,
  keyId: string | undefined,
): Promise<string> {
  if (keyId === undefined) return 'not known without a key';
  const ages = await recentRequests(store, keyId);
  const { rateLimit } = await pushSettingsOf(store, config);
  return rateLimit
    .map(({ requests, perMs }) => `${ages.filter((age) => age < perMs).length} of ${requests} in ${prettyMs(perMs)}`)
    .join(', ');
}
