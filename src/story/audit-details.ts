import { z } from 'zod';
import type { AuditRow } from '../store/leads/lead-history.js';

const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);
const yes = z.boolean().default(false).catch(false);

const signal = z.object({ name: z.string(), penalty: z.number(), detail: z.exactOptional(z.string()) });
const before = z.object({
  persona: z.string().nullish(),
  lead_score: z.number().nullish(),
});

/** What the details of an audit row may hold. A value of another shape counts as missing: old rows must stay readable. */
const detailsSchema = z.looseObject({
  run: text,
  file: text,
  line: number,
  health: text,
  score: number,
  signals: z.array(signal).default([]).catch([]),
  allowed: yes,
  suppressed: text,
  rules: text,
  rule: number,
  campaign: text,
  refused: text,
  review: yes,
  already_in: yes,
  fields: z.array(z.string()).default([]).catch([]),
  before: before.optional().catch(undefined),
  was: text,
  attempt: number,
  http_status: number,
  reason: text,
  message: text,
  step: text,
  evidence: text,
  smartlead_lead_id: text,
  next_attempt_at: text,
  late: yes,
  reopened: yes,
});

export type AuditDetails = z.infer<typeof detailsSchema>;

/** An audit row with its details read. */
export interface ReadRow extends Omit<AuditRow, 'details'> {
  details: AuditDetails;
}

const NOTHING = detailsSchema.parse({});

/** Reads the details of audit rows. */
export function readRows(rows: readonly AuditRow[]): ReadRow[] {
  return rows.map((row) => {
    const details = detailsSchema.safeParse(row.details);
    return { ...row, details: details.success ? details.data : NOTHING };
  });
}
