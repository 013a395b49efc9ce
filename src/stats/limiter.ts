import type { OrganizationConfig } from '../config/schema.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { StoreContext } from '../store/engine/context.js';
import { type RateWindow, recentRequests } from '../store/queue/rate-budget.js';

/** The windows of the limit, with the requests that each counts just now; none without a `keyId`. */
export async function readLimiter(
  store: StoreContext,
  config: OrganizationConfig,
  keyId: string | undefined,
): Promise<Array<RateWindow & { used: number }>> {
  const { rateLimit } = await pushSettingsOf(store, config);
  const ages = keyId === undefined ? [] : await recentRequests(store, keyId, rateLimit);
  return rateLimit.map((window) => ({ ...window, used: ages.filter((age) => age < window.perMs).length }));
}
