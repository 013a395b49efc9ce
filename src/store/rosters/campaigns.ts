import { isoTime } from '../../clock.js';
import { read, type StoreContext, write } from '../engine/context.js';

/** What is known of a campaign since Smartlead was last asked. */
export interface KnownCampaign {
  name: string;
  /** As Smartlead writes it. */
  status: string | null;
}

/** Keeps the names and statuses that Smartlead told, for people. */
export async function saveCampaigns(
  store: StoreContext,
  organization: string,
  campaigns: ReadonlyArray<KnownCampaign & { id: string }>,
): Promise<void> {
  write(store, () => {
    const save = store.db.prepare<[string, string, string, string | null, string]>(
      'INSERT OR REPLACE INTO campaigns (organization_id, id, name, status, seen_at) VALUES (?, ?, ?, ?, ?)',
    );
    const now = isoTime(store.clock.now());
    for (const { id, name, status } of campaigns) save.run(organization, id, name, status, now);
  });
}

/** The campaigns of an organization that Smartlead was asked about, by id. */
export async function knownCampaigns(store: StoreContext, organization: string): Promise<Map<string, KnownCampaign>> {
  const rows = read(store, () =>
    store.db
      .prepare<[string], KnownCampaign & { id: string }>(
        'SELECT id, name, status FROM campaigns WHERE organization_id = ?',
      )
      .all(organization),
  );
  return new Map(rows.map(({ id, name, status }) => [id, { name, status }]));
}

/** Their names by id, as far as they have one. */
export async function campaignNames(store: StoreContext, organization: string): Promise<Map<string, string>> {
  const known = await knownCampaigns(store, organization);
  return new Map([...known].flatMap(([id, { name }]) => (name === '' ? [] : [[id, name] as const])));
}
