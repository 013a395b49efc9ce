import type { Statement } from 'better-sqlite3';
import type { StoreContext } from '../engine/context.js';

/** What is recorded about a lead, a run or an organization. `pushed_to_smartlead` and `push_failed` are names users query by. */
export const AUDIT_ACTIONS = [
  'assigned',
  'unassigned',
  'blocked',
  'pushed_to_smartlead',
  'push_failed',
  'held',
  'updated',
  'late_answer',
  'found_in_smartlead',
  'gone_from_smartlead',
  'event',
  'event_unread',
  'erased',
  'discarded',
  'stop_lifted',
  'setting_changed',
  'identity_changed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who caused it. */
export const AUDIT_TRIGGERS = [
  'ingest',
  'retry',
  'delivery',
  'recovery',
  'webhook',
  'suppress',
  'reconcile',
  'forget',
  'discard',
  'admin',
  'identity',
] as const;
export type AuditTrigger = (typeof AUDIT_TRIGGERS)[number];

/** What an entry is about: a lead, or what `entity_id` names besides. */
type AuditEntity = 'lead' | 'run' | 'person' | 'campaign' | 'key' | 'organization';

export interface AuditEntry {
  trigger: AuditTrigger;
  action: AuditAction;
  details: Record<string, unknown>;
}

/** Prepares the one statement that writes the audit log. Call it inside the transaction that changes the lead. */
export function auditWriter({ db }: StoreContext, organization: string) {
  const insert: Statement<[string, string, string, string, string, string, string]> = db.prepare(
    `INSERT INTO audit_logs (organization_id, entity, entity_id, trigger, action, details, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return (id: string, entry: AuditEntry, at: string, entity: AuditEntity = 'lead'): void => {
    insert.run(organization, entity, id, entry.trigger, entry.action, JSON.stringify(entry.details), at);
  };
}
