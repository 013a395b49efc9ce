import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSqlite } from '../src/sqlite.js';
import type { Bench } from './bench.js';
import { ingest } from './measures/ingest.js';

/** One in ten of its states; the shares are those of a list that has been worked on for some weeks. */
const WORKED_ON = `
  UPDATE leads SET status = 'ACTIVE', hold_reason = NULL, push_attempts = 1, smartlead_lead_id = seq, push_run_seq = 1
    WHERE hold_reason = 'review' AND seq % 10 < 8;
  UPDATE leads SET hold_reason = 'push_failed', push_attempts = 2, push_run_seq = 1, last_error = 'status 503',
    waiting_since = created_at, next_attempt_at = '2099-01-01T00:00:00.000Z' WHERE hold_reason = 'review' AND seq % 10 = 8;
  UPDATE leads SET hold_reason = 'refused', push_attempts = 1, last_error = 'invalid' WHERE hold_reason = 'review' AND seq % 50 = 9;
  UPDATE leads SET status = 'BLOCKED', hold_reason = NULL, health_classification = 'RED', health_score = 0
    WHERE hold_reason = 'no_route' AND seq % 10 = 1;
  INSERT INTO attempts (organization_id, run_seq, key_id, campaign_id, step, lead_count, host, boot_id, pid, process_started,
      claimed_at, lease_until, lease_steady, settled_at, outcome, http_status, proven)
    SELECT 'default', 1, 'bench', assigned_campaign_id, 'push', 100, 'bench', '', 1, '', created_at, created_at, 0,
      created_at, 'evidence', 200, 100 FROM leads WHERE status = 'ACTIVE' AND seq % 100 = 0;
  INSERT INTO memberships (lead_seq, campaign_id, smartlead_lead_id, evidence, proven_at)
    SELECT seq, assigned_campaign_id, seq, 'lead id', created_at FROM leads WHERE status = 'ACTIVE';
  INSERT INTO audit_logs (organization_id, entity, entity_id, trigger, action, details, created_at)
    SELECT 'default', 'lead', id, 'delivery', 'pushed_to_smartlead',
      json_object('campaign', assigned_campaign_id, 'attempt', 1), created_at FROM leads WHERE status = 'ACTIVE';
`;

/** A database of so many leads in mixed states, made once. */
export async function mixedDatabase(bench: Bench, rows: number): Promise<string> {
  const path = join(bench.folder, `mixed-${rows}.db`);
  if (existsSync(path)) return path;
  await ingest(bench, rows, false, path);
  const db = openSqlite(path);
  db.exec(`BEGIN; ${WORKED_ON} COMMIT`);
  db.close();
  return path;
}
