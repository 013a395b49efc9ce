import type { LeadState, StoredLead } from '../leads/lead-rows.js';
import type { AuditEntry } from '../log/audit.js';
import type { StopReason } from './stops.js';

/** The part of a lead's state that a push changes. */
export type PushState = Pick<
  LeadState,
  | 'status'
  | 'hold_reason'
  | 'next_attempt_at'
  | 'last_error'
  | 'push_attempts'
  | 'push_group'
  | 'push_step'
  | 'smartlead_lead_id'
>;

/** What one attempt means for one lead. */
export interface LeadSettlement {
  seq: number;
  id: string;
  state: PushState;
  audit: AuditEntry;
  /** Set when the lead is proven to be in the campaign: what proved it. */
  evidence?: string;
  /** It was in this very state before: there is nothing to tell of it, and no push has failed. */
  unchanged?: boolean;
}

/** What one attempt means as a whole. */
export interface AttemptSettlement {
  outcome: string;
  httpStatus: number | null;
  message: string | null;
  /** Smartlead's own counters, for people. */
  answer: unknown;
  leads: LeadSettlement[];
  /** A lead that was refused alone, where it is not known yet whether it is to blame (store/refusals). */
  refusedAlone?: { seq: number; id: string; message: string; pushAttempts: number };
  /** Leads that this run has had refused before, for what now turns out to be no fault of theirs. */
  reopened?: LeadSettlement[];
  stop?: { campaignId: string; reason: StopReason; message: string; forMs: number | null };
  /** The key answered as it should: what stopped it before is over. */
  lift: readonly StopReason[];
}

/** What settling needs to know of the attempt. */
export type SettledAttempt = {
  attemptId: number;
  campaignId: string;
  lastStop: number;
  leads: ReadonlyArray<Pick<StoredLead, 'seq' | 'id' | 'email'>>;
};
