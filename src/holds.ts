import { HOLD_REASONS, type HoldReason } from './lead.js';

/** Everything that is decided about a hold reason. A new one does not compile before all of it is. */
export interface HoldFacts {
  /** Waits for its push, or for what becomes of it; the others wait for a person or a rule. */
  waitsForPush: boolean;
  /** Moving right now: whoever waits for the lead's outcome goes on waiting. */
  underWay: boolean;
  /** What a post of the lead is answered, besides a lead that no rule matches. */
  reply: 'pending' | 'failed' | 'no_rule';
  /**
   * Which `retry --held` takes it: any, one that names its run or the reason, one that names the reason, or one with
   * `--include-refused`.
   */
  retriedBy: 'any' | 'run' | 'name' | 'include_refused';
  /** Has a waiting time, which a retry respects unless told `--now`. */
  hasWait: boolean;
  /** A retry counts its attempts from the beginning. */
  restartsAttempts: boolean;
  /**
   * When the same lead comes in again: decided like a new one; its waiting time and attempts go on counting; it stays,
   * since trying again would end the same, until what Smartlead would get differs; or it stays in any case.
   */
  comesAgain: 'fresh' | 'continues' | 'stays_unless_changed' | 'stays';
  /** Somebody should look at it: the run ends with exit code 3. */
  needsAttention: boolean;
  /** Smartlead has judged the lead itself. */
  decidedBySmartlead: boolean;
}

/** The facts of each hold reason; docs/states.md tells what each means. */
export const HOLDS: Readonly<Record<HoldReason, HoldFacts>> = {
  no_route: {
    waitsForPush: false,
    underWay: false,
    reply: 'no_rule',
    retriedBy: 'any',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'fresh',
    needsAttention: false,
    decidedBySmartlead: false,
  },
  queued: {
    waitsForPush: true,
    underWay: true,
    reply: 'pending',
    retriedBy: 'any',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'continues',
    needsAttention: false,
    decidedBySmartlead: false,
  },
  review: {
    waitsForPush: false,
    underWay: false,
    reply: 'pending',
    retriedBy: 'run',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'fresh',
    needsAttention: false,
    decidedBySmartlead: false,
  },
  push_failed: {
    waitsForPush: true,
    underWay: false,
    reply: 'failed',
    retriedBy: 'any',
    hasWait: true,
    restartsAttempts: false,
    comesAgain: 'continues',
    needsAttention: true,
    decidedBySmartlead: false,
  },
  unknown: {
    waitsForPush: true,
    underWay: true,
    reply: 'pending',
    retriedBy: 'any',
    hasWait: true,
    restartsAttempts: false,
    comesAgain: 'fresh',
    needsAttention: true,
    decidedBySmartlead: false,
  },
  refused: {
    waitsForPush: false,
    underWay: false,
    reply: 'failed',
    retriedBy: 'include_refused',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'stays_unless_changed',
    needsAttention: true,
    decidedBySmartlead: true,
  },
  in_other_campaign: {
    waitsForPush: false,
    underWay: false,
    reply: 'failed',
    retriedBy: 'name',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'stays_unless_changed',
    needsAttention: false,
    decidedBySmartlead: true,
  },
  campaign_not_found: {
    waitsForPush: false,
    underWay: false,
    reply: 'failed',
    retriedBy: 'any',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'fresh',
    needsAttention: true,
    decidedBySmartlead: false,
  },
  credit_limit: {
    waitsForPush: true,
    underWay: false,
    reply: 'failed',
    retriedBy: 'any',
    hasWait: true,
    restartsAttempts: false,
    comesAgain: 'continues',
    needsAttention: false,
    decidedBySmartlead: false,
  },
  auth: {
    waitsForPush: true,
    underWay: false,
    reply: 'failed',
    retriedBy: 'any',
    hasWait: false,
    restartsAttempts: false,
    comesAgain: 'fresh',
    needsAttention: false,
    decidedBySmartlead: false,
  },
  gave_up: {
    waitsForPush: false,
    underWay: false,
    reply: 'failed',
    retriedBy: 'name',
    hasWait: false,
    restartsAttempts: true,
    comesAgain: 'stays_unless_changed',
    needsAttention: true,
    decidedBySmartlead: false,
  },
  removed: {
    waitsForPush: false,
    underWay: false,
    reply: 'failed',
    retriedBy: 'name',
    hasWait: false,
    restartsAttempts: true,
    comesAgain: 'stays',
    needsAttention: false,
    decidedBySmartlead: false,
  },
};

/** The hold reasons of which something is so, in the order in which drason lists them. */
export function holdReasonsWith(is: (facts: HoldFacts) => boolean): HoldReason[] {
  return HOLD_REASONS.filter((reason) => is(HOLDS[reason]));
}
