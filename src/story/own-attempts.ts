/** A lead's attempts, numbered as its own: the database numbers them for all leads together, which tells a reader nothing. */
import type { LeadHistory } from '../store/leads/lead-history.js';
import { readRows } from './audit-details.js';

/** The number, from 1, of each attempt that carried, or asked about, the lead. Pure. */
export function ownAttempts({ lead, audit, memberships }: LeadHistory): ReadonlyMap<number, number> {
  const named = readRows(audit).flatMap(({ details: { attempt, reopened } }) =>
    attempt === undefined || reopened ? [] : [attempt],
  );
  const proofs = memberships.map(({ attempt_id }) => attempt_id);
  const all = [...named, ...proofs, lead.attempt_id].filter((id) => id !== null);
  return new Map([...new Set(all)].sort((a, b) => a - b).map((id, index) => [id, index + 1]));
}
