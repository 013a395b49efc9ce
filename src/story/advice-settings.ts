import type { OrganizationConfig } from '../config/schema.js';
import { pushSettingsOf } from '../pipeline/push-settings.js';
import type { StoreContext } from '../store/engine/context.js';
import { keptSettings } from '../store/settings/push-settings.js';
import { type AdviceSettings, SKIPS_OTHER_CAMPAIGNS } from './hold-advice.js';

/** What advice about a lead has to know of the settings that apply now. */
export async function adviceSettingsOf(store: StoreContext, config: OrganizationConfig): Promise<AdviceSettings> {
  const { settings } = await pushSettingsOf(store, config);
  const kept = await keptSettings(store, config.organization);
  return {
    keyVariable: config.smartlead.apiKeyEnv,
    skipsOtherCampaigns: settings.ignore_duplicate_leads_in_other_campaign,
    skipsIsKept: kept.some(({ setting }) => setting === SKIPS_OTHER_CAMPAIGNS),
  };
}
