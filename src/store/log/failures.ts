import { read, type StoreContext } from '../engine/context.js';

/** An attempt that left leads unproven. */
export interface FailedAttempt {
  id: number;
  campaignId: string;
  settledAt: string;
  outcome: string;
  httpStatus: number | null;
  message: string | null;
  /** Leads whose push failed or has an unknown outcome. */
  failed: number;
}

/** The latest attempts of an organization that failed for some lead, newest first. Looks at the last 10,000 attempts. */
export async function latestFailures(
  store: StoreContext,
  organization: string,
  limit: number,
): Promise<FailedAttempt[]> {
  return read(store, () =>
    store.db
      .prepare<[string, number], FailedAttempt>(
        `SELECT id, campaign_id AS campaignId, settled_at AS settledAt, outcome, http_status AS httpStatus, message, failed
         FROM (SELECT * FROM attempts WHERE organization_id = ? AND settled_at IS NOT NULL ORDER BY settled_at DESC LIMIT 10000)
         WHERE failed > 0 ORDER BY settled_at DESC LIMIT ?`,
      )
      .all(organization, limit),
  );
}
