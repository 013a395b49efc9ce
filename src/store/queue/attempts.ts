import { read, type StoreContext } from '../engine/context.js';

/** What the attempts of one campaign, settled on one day (UTC), proved of their leads. */
export interface PushCount {
  campaign_id: string;
  /** Such as `2025-06-01`. */
  day: string;
  /** Leads proven to be in the campaign. */
  proven: number;
  /** Leads whose push failed or has an unknown outcome; what Smartlead refuses is no failure. */
  failed: number;
}

/** What was pushed since a time, by campaign and day. Days on which nothing was proven or failed are not there. */
export async function pushCounts(store: StoreContext, organization: string, since: string): Promise<PushCount[]> {
  return read(store, () =>
    store.db
      .prepare<[string, string], PushCount>(
        `SELECT campaign_id, substr(settled_at, 1, 10) AS day, sum(proven) AS proven, sum(failed) AS failed
         FROM attempts WHERE organization_id = ? AND settled_at >= ?
         GROUP BY 1, 2 HAVING sum(proven) + sum(failed) > 0 ORDER BY 1, 2`,
      )
      .all(organization, since),
  );
}

/** How long the latest attempts took from claim to settlement, milliseconds, newest first; at most `limit` of them. */
export async function recentLatencies(store: StoreContext, organization: string, limit: number): Promise<number[]> {
  const rows = read(store, () =>
    store.db
      .prepare<[string, number], { claimed_at: string; settled_at: string }>(
        `SELECT claimed_at, settled_at FROM attempts
         WHERE organization_id = ? AND settled_at IS NOT NULL AND outcome != 'abandoned'
         ORDER BY settled_at DESC LIMIT ?`,
      )
      .all(organization, limit),
  );
  return rows.map(({ claimed_at, settled_at }) => Math.max(0, Date.parse(settled_at) - Date.parse(claimed_at)));
}

/** The key that the latest settled attempt of an organization was made with; undefined where there was none. */
export async function latestKey(store: StoreContext, organization: string): Promise<string | undefined> {
  return read(store, () =>
    store.db
      .prepare<[string], string>(
        `SELECT key_id FROM attempts WHERE organization_id = ? AND settled_at IS NOT NULL
         ORDER BY settled_at DESC LIMIT 1`,
      )
      .pluck()
      .get(organization),
  );
}

/** Campaigns whose latest attempt since a time has proven no lead to be there. */
export async function unprovenCampaigns(store: StoreContext, organization: string, since: string): Promise<string[]> {
  const latest = read(store, () =>
    store.db
      .prepare<[string, string], { campaign_id: string; proven: number; last: number }>(
        // proven is that of the row with the highest id: SQLite promises so for a lone max()
        `SELECT campaign_id, proven, max(id) AS last FROM attempts WHERE organization_id = ? AND settled_at >= ?
         GROUP BY campaign_id`,
      )
      .all(organization, since),
  );
  return latest.flatMap(({ campaign_id, proven }) => (proven === 0 ? [campaign_id] : []));
}

/** How many attempts are looked at for the last answer of each campaign. */
const LAST_ATTEMPTS = 10_000;

/** Campaigns of a key whose last request had no good answer, the one that was tried last first. Call inside a transaction. */
export function failingCampaigns({ db }: StoreContext, keyId: string): string[] {
  return db
    .prepare<[string, number], { campaign_id: string; outcome: string; last: number }>(
      // outcome is that of the row with the highest id: SQLite promises so for a lone max()
      `SELECT campaign_id, outcome, max(id) AS last FROM attempts
       WHERE key_id = ? AND outcome IS NOT NULL AND id > (SELECT max(id) FROM attempts) - ? GROUP BY campaign_id
       ORDER BY last DESC`,
    )
    .all(keyId, LAST_ATTEMPTS)
    .filter(({ outcome }) => ['unknown', 'not_sent', 'abandoned'].includes(outcome))
    .map(({ campaign_id }) => campaign_id);
}
