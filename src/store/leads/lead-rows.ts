import { z } from 'zod';
import { HOLDS } from '../../holds.js';
import type { HealthClass, HoldReason, Lead, ReviewSign, Scalar, Status, VerifierVerdict } from '../../lead.js';
import { TEXT_FIELDS } from '../../lead.js';

/**
 * What the next step with a lead is: send it; read the campaign's roster, because the answer left several readings; send
 * it again, in a smaller batch if need be, because the roster could not tell; or ask about it alone, and send nothing.
 */
export type PushStep = 'push' | 'roster' | 'push_again' | 'look_up';

/** Everything about a lead that deciding and delivering change. Times are ISO 8601 UTC. */
export interface LeadState {
  status: Status;
  hold_reason: HoldReason | null;
  health_classification: HealthClass;
  health_score: number;
  assigned_campaign_id: string | null;
  push_attempts: number;
  /** When a push is due; null while in flight and when nothing is to be pushed. */
  next_attempt_at: string | null;
  last_error: string | null;
  smartlead_lead_id: string | null;
  /** Leads with the same group travel in one request, alone (a batch that is being split, or whose outcome is unknown). */
  push_group: number | null;
  push_step: PushStep;
}

export interface StoredLead extends Lead, LeadState {
  seq: number;
  id: string;
  run_seq: number;
  push_run_seq: number | null;
  attempt_id: number | null;
  created_at: string;
  updated_at: string;
}

type TextColumns = Record<(typeof TEXT_FIELDS)[number], string | null>;

/** A row of `leads` as SQLite gives it. */
export interface LeadRow extends LeadState, TextColumns {
  seq: number;
  id: string;
  email: string;
  lead_score: number | null;
  custom_fields: string | null;
  verifier: VerifierVerdict | null;
  /** The cells for which a person has to look at the lead, JSON; see ReviewSign. */
  review_signs: string | null;
  first_run_seq: number;
  run_seq: number;
  push_run_seq: number | null;
  attempt_id: number | null;
  /** Since when it waits for its push; null: it does not. */
  waiting_since: string | null;
  created_at: string;
  updated_at: string;
}

/** The columns that an ingest writes, in the order of {@link leadValues}. */
export const LEAD_COLUMNS = [
  'email',
  ...TEXT_FIELDS,
  'lead_score',
  'custom_fields',
  'verifier',
  'review_signs',
  'status',
  'hold_reason',
  'health_classification',
  'health_score',
  'assigned_campaign_id',
  'push_attempts',
  'next_attempt_at',
  'last_error',
  'smartlead_lead_id',
  'push_group',
  'push_step',
  'run_seq',
  'push_run_seq',
  'waiting_since',
  'created_at',
  'updated_at',
] as const;

export type SqlValue = string | number | bigint | null;

/** The values of {@link LEAD_COLUMNS}. Whole scores are stored as integers, so that a shell shows 85, not 85.0. */
export function leadValues(
  lead: Lead,
  state: LeadState,
  owner: {
    runSeq: number;
    pushRunSeq: number | null;
    waitingSince: string | null;
    createdAt: string;
    updatedAt: string;
  },
): SqlValue[] {
  const score = lead.lead_score;
  const custom = JSON.stringify(lead.custom_fields);
  return [
    lead.email,
    ...TEXT_FIELDS.map((field) => lead[field] ?? null),
    score === undefined ? null : Number.isSafeInteger(score) ? BigInt(score) : score,
    custom === '{}' ? null : custom,
    lead.verifier ?? null,
    lead.review === undefined || lead.review.length === 0 ? null : JSON.stringify(lead.review),
    state.status,
    state.hold_reason,
    state.health_classification,
    state.health_score,
    state.assigned_campaign_id,
    state.push_attempts,
    state.next_attempt_at,
    state.last_error,
    state.smartlead_lead_id,
    state.push_group,
    state.push_step,
    owner.runSeq,
    owner.pushRunSeq,
    owner.waitingSince,
    owner.createdAt,
    owner.updatedAt,
  ];
}

/** Since when a lead in this state waits for its push; a wait that has begun goes on. */
export function waitingSince(state: LeadState, before: string | null, now: string): string | null {
  return state.hold_reason !== null && HOLDS[state.hold_reason].waitsForPush ? (before ?? now) : null;
}

const customFieldsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

function parseCustomFields(text: string | null): Record<string, Scalar> {
  return text === null ? {} : customFieldsSchema.parse(JSON.parse(text));
}

const reviewSchema = z.array(
  z.object({ column: z.string(), value: z.string(), why: z.enum(['unclear', 'no_consent', 'not_to_mail']) }),
);

function parseReview(text: string): ReviewSign[] {
  return reviewSchema.parse(JSON.parse(text));
}

/** A row as a lead: absent instead of null. */
export function fromRow(row: LeadRow): StoredLead {
  const lead: StoredLead = {
    seq: row.seq,
    id: row.id,
    email: row.email,
    custom_fields: parseCustomFields(row.custom_fields),
    status: row.status,
    hold_reason: row.hold_reason,
    health_classification: row.health_classification,
    health_score: row.health_score,
    assigned_campaign_id: row.assigned_campaign_id,
    push_attempts: row.push_attempts,
    next_attempt_at: row.next_attempt_at,
    last_error: row.last_error,
    smartlead_lead_id: row.smartlead_lead_id,
    push_group: row.push_group,
    push_step: row.push_step,
    run_seq: row.run_seq,
    push_run_seq: row.push_run_seq,
    attempt_id: row.attempt_id,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
  for (const field of TEXT_FIELDS) {
    const value = row[field];
    if (value !== null) lead[field] = value;
  }
  if (row.lead_score !== null) lead.lead_score = row.lead_score;
  if (row.verifier !== null) lead.verifier = row.verifier;
  if (row.review_signs !== null) lead.review = parseReview(row.review_signs);
  return lead;
}
