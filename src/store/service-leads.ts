import type { HealthClass, HoldReason, Status } from '../lead.js';
import { read, type StoreContext } from './context.js';
import { dueValues, IS_DUE } from './due.js';
import { fromRow, type LeadRow, type StoredLead } from './lead-rows.js';
import { isOver, type Run } from './runs.js';

/** Where a lead stands, as the HTTP doors tell it. */
export interface LeadOutcome {
  id: string;
  email: string;
  status: Status;
  holdReason: HoldReason | null;
  healthClassification: HealthClass;
  assignedCampaignId: string | null;
}

/** Where leads of an organization stand now, by address; an unknown address is left out. */
export async function outcomesOf(
  store: StoreContext,
  organization: string,
  emails: readonly string[],
): Promise<Map<string, LeadOutcome>> {
  return read(store, () => {
    const find = store.db.prepare<[string, string], LeadOutcome>(
      `SELECT id, email, status, hold_reason AS holdReason, health_classification AS healthClassification,
         assigned_campaign_id AS assignedCampaignId
       FROM leads WHERE organization_id = ? AND email = ?`,
    );
    const found = emails.flatMap((email) => find.get(organization, email) ?? []);
    return new Map(found.map((outcome) => [outcome.email, outcome]));
  });
}

/** The runs that leads with a due time belong to, read by skipping through the indexes. */
function runsWithDueLeads({ db }: StoreContext): Set<number> {
  const runs = new Set<number>();
  for (const grouped of ['IS NULL', 'IS NOT NULL']) {
    const next = db
      .prepare<[number], number | null>(
        `SELECT min(push_run_seq) FROM leads
         WHERE push_run_seq > ? AND next_attempt_at IS NOT NULL AND push_group ${grouped}`,
      )
      .pluck();
    for (let seq = next.get(0); typeof seq === 'number'; seq = next.get(seq)) runs.add(seq);
  }
  return runs;
}

/** Due leads of an organization that nobody pushes any more: their run is over. At most `limit` of them. */
export async function leftBehind(store: StoreContext, run: Run, limit: number): Promise<StoredLead[]> {
  return read(store, () => {
    const due = store.db.prepare<[number, string, string, string, number], LeadRow>(
      `SELECT * FROM leads WHERE push_run_seq = ? AND organization_id = ? AND status = 'HELD' AND attempt_id IS NULL
         AND next_attempt_at IS NOT NULL AND ${IS_DUE} LIMIT ?`,
    );
    const found: StoredLead[] = [];
    for (const seq of runsWithDueLeads(store)) {
      if (seq === run.seq || !isOver(store, seq)) continue;
      found.push(...due.all(seq, run.organization, ...dueValues(store.clock), limit - found.length).map(fromRow));
      if (found.length >= limit) break;
    }
    return found;
  });
}
