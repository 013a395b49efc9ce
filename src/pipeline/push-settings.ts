import { layOver, type PushSettings } from '../config/push-settings.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { StoreContext } from '../store/engine/context.js';
import { keptSettings } from '../store/settings/push-settings.js';

/** What applies to the pushes of an organization just now: what is kept in the database, else the rules file's. */
export async function pushSettingsOf(store: StoreContext, config: OrganizationConfig): Promise<PushSettings> {
  const kept = await keptSettings(store, config.organization);
  return layOver(config.smartlead, Object.fromEntries(kept.map(({ setting, value }) => [setting, value])));
}
