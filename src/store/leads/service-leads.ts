import { isoTime } from '../../clock.js';
import type { HealthClass, HoldReason, Status } from '../../lead.js';
import { read, type StoreContext } from '../engine/context.js';
import { isOver, type Run } from '../log/runs.js';
import { dueValues, IS_DUE } from '../queue/due.js';
import { fromRow, type LeadRow, type StoredLead } from './lead-rows.js';

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

/** Two indexes hold the leads with a due time: those that travel in a group, and the others. */
const INDEXED = ['push_group IS NULL', 'push_group IS NOT NULL'];

/** The runs that leads with a due time belong to, read by skipping through the indexes. */
function runsWithDueLeads({ db }: StoreContext): Set<number> {
  const runs = new Set<number>();
  for (const indexed of INDEXED) {
    const next = db
      .prepare<[number], number | null>(
        `SELECT min(push_run_seq) FROM leads WHERE push_run_seq > ? AND next_attempt_at IS NOT NULL AND ${indexed}`,
      )
      .pluck();
    for (let seq = next.get(0); typeof seq === 'number'; seq = next.get(seq)) runs.add(seq);
  }
  return runs;
}

/** How long leads of a run elsewhere may be due before nobody is taken to push them, milliseconds. */
const PATIENCE_MS = 10 * 60_000;

/** Due leads of an organization that nobody pushes any more: their run is over. At most `limit` of them. */
export async function leftBehind(store: StoreContext, run: Run, limit: number): Promise<StoredLead[]> {
  return read(store, () => {
    const { clock } = store;
    const found: StoredLead[] = [];
    for (const seq of runsWithDueLeads(store)) {
      const over = seq === run.seq ? false : isOver(store, seq);
      if (over === false) continue;
      const dueSince = over ? '9999' : isoTime(clock.now() - PATIENCE_MS);
      for (const indexed of INDEXED) {
        const rows = store.db
          .prepare<[number, string, string, string, string, number], LeadRow>(
            `SELECT * FROM leads WHERE push_run_seq = ? AND next_attempt_at IS NOT NULL AND ${indexed} AND ${IS_DUE}
               AND max(updated_at, next_attempt_at) <= ? AND organization_id = ? AND status = 'HELD'
               AND attempt_id IS NULL LIMIT ?`,
          )
          .all(seq, ...dueValues(clock), dueSince, run.organization, limit - found.length);
        found.push(...rows.map(fromRow));
      }
      if (found.length >= limit) break;
    }
    return found;
  });
}
