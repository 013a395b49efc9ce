/** A health signal that was seen, with what it cost. */
export interface SignalStory {
  name: string;
  penalty: number;
  text: string;
}

/** A rule that was tried. */
export interface TriedRule {
  rule: string;
  matched: boolean;
  /** Why it did not match; null when it did. */
  miss: 'persona' | 'score' | 'no_persona' | null;
  why: string | null;
}

/** What gate and rules said about the lead at one time. */
export interface DecisionStory {
  health_classification: string | null;
  health_score: number | null;
  /** The allow-list named the address, so no signal counted. */
  allowed: boolean;
  signals: SignalStory[];
  /** Why it must not be mailed, whatever its health. */
  suppressed: string | null;
  /** What the rules looked at. */
  persona: string | null;
  lead_score: number | null;
  /** The hash of the rule set; null where none was tried. */
  rules: string | null;
  /** In the order in which they were tried, up to the one that matched. */
  tried: TriedRule[];
  /** Why `tried` cannot be told; null when it can. */
  not_told: string | null;
  /** null: no rule matched, or none was tried. */
  campaign: string | null;
  /** Why Smartlead would refuse the lead, known without asking. */
  refused: string | null;
}

interface Moment {
  /** ISO 8601 UTC. */
  at: string;
  /** The run's id, where one is known. */
  run: string | null;
  /** The whole of it in a sentence or two. */
  text: string;
}

/** The lead came, for the first time or again. */
export interface ArrivalEntry extends Moment {
  kind: 'arrival';
  /** `-` is standard input; null: not noted. */
  file: string | null;
  line: number | null;
  again: boolean;
  /** Names of the fields that were new, for a lead that came again. */
  changed: string[];
  /** null: it stayed where it was. */
  decision: DecisionStory | null;
}

/** A HELD lead was decided again: by a retry, or just before it would have been sent. */
export interface RetryEntry extends Moment {
  kind: 'retry';
  /** The hold reason it had. */
  was: string | null;
  decision: DecisionStory;
}

/** A request that carried, or asked about, the lead; with what came of it for this lead. */
export interface AttemptEntry extends Moment {
  kind: 'attempt';
  /** As the database numbers it, for all leads together. */
  attempt: number;
  /** Which of the lead's own attempts it was, from 1. */
  number: number;
  campaign: string | null;
  step: string;
  /** How many leads the request was for; null: not known. */
  leads: number | null;
  started_at: string | null;
  outcome: string | null;
  http_status: number | null;
  /** What came back, as a sentence. */
  answer: string;
  /** Smartlead's own message about the request. */
  message: string | null;
  /** Smartlead's own counters, for the whole batch. */
  counters: Record<string, unknown> | null;
  result: {
    action: string;
    /** null: it was proven to be there. */
    hold_reason: string | null;
    evidence: string | null;
    smartlead_lead_id: string | null;
    message: string | null;
    next_attempt_at: string | null;
  };
  /** The answer came after the attempt had been given up. */
  late: boolean;
  /** Another lead's attempt, which showed that this lead was not to blame for its own refusal. */
  reopened: boolean;
}

/** The lead was held without being sent, because its key or campaign was stopped. */
export interface HeldEntry extends Moment {
  kind: 'held';
  hold_reason: string | null;
  message: string | null;
}

/** Anything else: suppressed before it was sent, recovered, reconciled, or a kind that this version does not know. */
export interface OtherEntry extends Moment {
  kind: 'suppressed' | 'recovered' | 'reconciled' | 'other';
  action: string;
  details: Record<string, unknown>;
}

export type StoryEntry = ArrivalEntry | RetryEntry | AttemptEntry | HeldEntry | OtherEntry;

/** How a command is written, to copy: with the caller's global flags, quoted for a shell. */
export type Suggest = (
  name: string,
  flags: Record<string, string | boolean | undefined>,
  args?: readonly string[],
) => string;
