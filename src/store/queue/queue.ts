import type { HoldReason, Status } from '../../lead.js';
import { read, type StoreContext } from '../engine/context.js';
import { dueValues, IS_DUE } from './due.js';

/** How many leads of an organization are in one state now. */
export interface LeadCount {
  status: Status;
  hold_reason: HoldReason | null;
  n: number;
}

/** Counts the leads of an organization by status and hold reason. */
export async function countLeads(store: StoreContext, organization: string): Promise<LeadCount[]> {
  return read(store, () =>
    store.db
      .prepare<[string], LeadCount>(
        'SELECT status, hold_reason, count(*) AS n FROM leads WHERE organization_id = ? GROUP BY status, hold_reason',
      )
      .all(organization),
  );
}

/** Leads of one campaign that wait for their push for one reason. */
export interface WaitingGroup {
  hold_reason: HoldReason;
  campaign_id: string;
  n: number;
  /** Those that a process is sending, or asking about, just now. */
  in_flight: number;
  /** Those whose time has not come, and when it comes for the first of them. */
  later: number;
  next: string | null;
  /** Since when the oldest waits. */
  since: string;
}

/** The leads of an organization that wait for their push, by reason and campaign. Answered by an index alone. */
export async function waitingGroups(store: StoreContext, organization: string): Promise<WaitingGroup[]> {
  const notDue = `(next_attempt_at IS NOT NULL AND NOT ${IS_DUE})`;
  const due = dueValues(store.clock);
  return read(store, () =>
    store.db
      .prepare<[string, string, string, string, string], WaitingGroup>(
        `SELECT hold_reason, assigned_campaign_id AS campaign_id, count(*) AS n,
           sum(attempt_id IS NOT NULL) AS in_flight, sum(${notDue}) AS later,
           min(iif(${notDue}, next_attempt_at, NULL)) AS next, min(waiting_since) AS since
         FROM leads WHERE organization_id = ? AND waiting_since IS NOT NULL
         GROUP BY hold_reason, assigned_campaign_id`,
      )
      .all(...due, ...due, organization),
  );
}

/** The address of a lead of a group that has waited since a time. */
export async function leadWaitingSince(
  store: StoreContext,
  organization: string,
  { hold_reason, campaign_id, since }: WaitingGroup,
): Promise<string | undefined> {
  return read(store, () =>
    store.db
      .prepare<[string, HoldReason, string, string], string>(
        `SELECT email FROM leads
         WHERE organization_id = ? AND hold_reason = ? AND assigned_campaign_id = ? AND waiting_since = ?
         ORDER BY seq LIMIT 1`,
      )
      .pluck()
      .get(organization, hold_reason, campaign_id, since),
  );
}

/** The campaigns among these for which leads are held because Smartlead does not know them. */
export async function campaignsHeldFor(
  store: StoreContext,
  organization: string,
  campaignIds: readonly string[],
): Promise<string[]> {
  return read(store, () => {
    const one = store.db
      .prepare<[string, string], number>(
        `SELECT 1 FROM leads WHERE organization_id = ? AND status = 'HELD' AND hold_reason = 'campaign_not_found'
         AND assigned_campaign_id = ? LIMIT 1`,
      )
      .pluck();
    return campaignIds.filter((id) => one.get(organization, id) !== undefined);
  });
}

/** So many leads are looked at when those of unknown campaigns are counted, which takes a fraction of a second. */
const COUNTED = 200_000;

/**
 * How many leads are held because Smartlead does not know their campaign, by campaign. `all` is false where there are
 * so many that not all were counted.
 */
export async function unknownCampaigns(
  store: StoreContext,
  organization: string,
): Promise<{ leads: Map<string, number>; all: boolean }> {
  const rows = read(store, () =>
    store.db
      .prepare<[string, number], { id: string; n: number }>(
        `SELECT coalesce(assigned_campaign_id, '') AS id, count(*) AS n FROM (
           SELECT assigned_campaign_id FROM leads
           WHERE organization_id = ? AND status = 'HELD' AND hold_reason = 'campaign_not_found' LIMIT ?)
         GROUP BY 1`,
      )
      .all(organization, COUNTED),
  );
  const leads = new Map(rows.map(({ id, n }) => [id, n]));
  return { leads, all: rows.reduce((sum, { n }) => sum + n, 0) < COUNTED };
}
