import type { ListedAudit } from '../store/log/audit-list.js';
import type { Column, Row } from '../table/rows.js';
import { detailsText } from '../text/audit-words.js';
import { shortTime } from '../text/times.js';

/** The columns of the audit log in JSON and CSV. */
export const AUDIT_COLUMNS: readonly Column[] = [
  'id',
  'created_at',
  'organization_id',
  'entity',
  'entity_id',
  'email',
  'trigger',
  'action',
  'details',
].map((name) => ({ name, heading: name }));

/** The columns of the audit log in a table. */
export const AUDIT_TABLE: readonly Column[] = [
  { name: 'created_at', heading: 'When (UTC)', kind: 'exact' },
  { name: 'email', heading: 'E-mail', kind: 'address' },
  { name: 'trigger', heading: 'By', kind: 'exact' },
  { name: 'action', heading: 'Action', kind: 'exact' },
  { name: 'details', heading: 'Details' },
];

/** An entry as a row: for a person, or with everything. */
export function auditRow(entry: ListedAudit, campaigns: ReadonlyMap<string, string>, table: boolean): Row {
  if (!table) return { ...entry };
  const about = entry.entity === 'lead' ? (entry.email ?? '(gone)') : `(${entry.entity})`;
  return {
    created_at: shortTime(entry.created_at, 'second'),
    email: about,
    trigger: entry.trigger,
    action: entry.action,
    details: detailsText(entry.details, campaigns),
  };
}
