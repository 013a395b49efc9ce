import type { Clock } from '../clock.js';
import type { SmartleadAccess } from '../pipeline/run-context.js';
import type { StoreContext } from '../store/engine/context.js';
import type { RateWindow } from '../store/queue/rate-budget.js';

/** Differences between the ledger and a roster; `undecided`: Smartlead has not said enough to tell. */
export const DIFFERENCES = [
  'removed',
  'place_gone',
  'unknown_there',
  'unknown_absent',
  'held_there',
  'undecided',
] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** What is only reported: nothing about it is wrong in the ledger. */
export const NOTES = ['strangers', 'blocked_there', 'elsewhere', 'left_alone'] as const;
export type Note = (typeof NOTES)[number];

/** What one reconciliation is given. */
export interface ReconcileRequest {
  store: StoreContext;
  clock: Clock;
  organization: string;
  smartlead: SmartleadAccess;
  /** Asked before each request: the limit may be changed meanwhile. */
  windows: () => Promise<readonly RateWindow[]>;
  /** The campaigns to look at. */
  campaigns: readonly string[];
  /** Whether the ledger is corrected. */
  fix: boolean;
  /** How many leads are asked about one by one in a campaign whose roster does not add up. */
  maxLookUps: number;
  /** The longest pause to sit out, milliseconds. */
  maxWaitMs: number;
  /** Aborted by the first signal. */
  stopping: AbortSignal;
  report: {
    progress(text: string): void;
    waiting(why: string, ms: number): void;
  };
}

/** One lead about which the two sides differ, or an address that is only there. */
export interface ListedLead {
  campaign: string;
  email: string;
  kind: Difference | Note;
  /** Its hold reason, or its status, when it was compared; null: it is no lead of the organization. */
  was: string | null;
  fixed: boolean;
}

/** One campaign, compared. Field names are a contract (docs/contract.md). */
export interface CampaignReport {
  id: string;
  name: string | null;
  /** `missing`: Smartlead does not know it; `unreadable`: it gave no roster; `not_reached`: the run ended before. */
  state: 'compared' | 'missing' | 'unreadable' | 'not_reached';
  /** How many leads Smartlead says that the campaign has; null: it did not say. */
  roster_total: number | null;
  /** How many different leads its roster named. */
  roster_read: number;
  /** All of the roster was read, and nobody joined or left meanwhile, as far as its totals tell. */
  adds_up: boolean;
  /** When the reading began, ISO 8601; null: it did not. */
  read_since: string | null;
  /** An earlier run that did not end has read a part of it. */
  resumed: boolean;
  /** Leads of the organization that were proven to be in it. */
  known: number;
  look_ups: number;
  differences: Record<Difference, number>;
  reported: Record<Note, number>;
  fixed: number;
}

/** What `reconcile` found. Field names are a contract (docs/contract.md). */
export interface ReconcileReport {
  campaigns: CampaignReport[];
  differences: Record<Difference, number>;
  reported: Record<Note, number>;
  fixed: number;
  /** Differences that are left as they are. */
  left: number;
  leads: ListedLead[];
  /** How many more leads `leads` would hold without its limit. */
  leads_left_off: number;
  requests: number;
  /** What kept it from reading everything, one sentence each. */
  problems: string[];
  end: 'done' | 'interrupted' | 'key_refused' | 'not_to_be_had';
}

/** Counts of nothing. */
export const NO_DIFFERENCES: Readonly<Record<Difference, number>> = {
  removed: 0,
  place_gone: 0,
  unknown_there: 0,
  unknown_absent: 0,
  held_there: 0,
  undecided: 0,
};
export const NO_NOTES: Readonly<Record<Note, number>> = { strangers: 0, blocked_there: 0, elsewhere: 0, left_alone: 0 };
