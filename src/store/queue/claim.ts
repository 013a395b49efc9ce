import type { PushStep, StoredLead } from '../leads/lead-rows.js';
import type { Run } from '../log/runs.js';
import type { Redecide } from './divert.js';
import type { RateWindow } from './rate-budget.js';
import type { Stop } from './stops.js';

export interface ClaimRequest {
  run: Run;
  keyId: string;
  batchSize: number;
  windows: readonly RateWindow[];
  /** While the input is still being read only full batches go, so that a run makes no more requests than needed. */
  onlyFullBatches: boolean;
  /** Stops, of the key or of campaigns, that this run may try out now: with one lead. */
  trying: ReadonlySet<number>;
  /** Campaigns with such a lead on its way: their others wait for what it finds. */
  probed: ReadonlySet<string>;
  /** Fairness: campaigns after this one come first. */
  after: string;
  /** Asked about each lead before it is sent; without it only suppressions count. */
  redecide?: Redecide;
}

/** Leads that this process may now send, and nobody else. */
export interface Claim {
  attemptId: number;
  campaignId: string;
  step: PushStep;
  group: number | null;
  leads: StoredLead[];
  /** The right to make one request. */
  token: number;
  /** Until when it is this process's alone, on the steady clock, milliseconds. */
  leaseSteady: number;
  /** The same on the wall clock, which goes on while a machine stands still. */
  leaseUntil: number;
  /** The newest stop when this was claimed: what is answered now says nothing about stops set after it. */
  lastStop: number;
  /** The stop, of the key or of the campaign, that this one lead tries out. */
  probe: Stop | undefined;
}

export type ClaimAnswer =
  | { kind: 'claimed'; claim: Claim }
  | { kind: 'wait'; ms: number; pausedBy: Stop | undefined }
  | { kind: 'stopped'; by: Stop }
  | { kind: 'nothing' };
