import { holdReasonsWith } from '../holds.js';
import type { Status } from '../lead.js';
import type { NoRule } from '../routing/near-miss.js';
import type { Run, StateCount } from '../store/log/runs.js';

/** What a run reports, on the screen and as JSON. The names are a contract (docs/contract.md). */
export interface RunSummary {
  schema: 1;
  command: Run['command'];
  run_id: string;
  organization: string;
  dry_run: boolean;
  sandbox: boolean;
  /** Whether every input was read to its end; null for a retry, which has none. */
  read_to_end: boolean | null;
  rows: number;
  /** Lines below a table without an address, such as totals: they are no rows. */
  below_table: number;
  /** People in a JSON object's list after the first, who are no rows either. */
  further_contacts: number;
  health: { green: number; yellow: number; red: number };
  outcomes: Outcomes;
  held_reasons: Record<string, number>;
  /** Where the run's leads are routed to: how many of them are in the campaign, and how many are not. */
  campaigns: Record<string, { active: number; held: number }>;
  /** ACTIVE leads that today's rules would send to a campaign they are not in. */
  elsewhere: Record<string, number>;
  /** Leads that no rule matched when the run decided about them, by persona, with the nearest rule. */
  no_rule: NoRule;
  /** Columns with stop signs that somebody has to look at, and how many of the run's leads each holds for review. */
  review_signs: Record<string, number>;
  /** HELD leads of the organization that the run left alone because their time has not come: `first` is when it does. */
  waiting: Record<string, { leads: number; first: string }>;
  /** Leads that a retry left held for review, because `fields:` does not name the column of their stop sign. */
  left_for_review: number;
  /** For `retry`: every HELD lead of the organization when the run ended, by reason: how to lift it. */
  stays_held: Record<string, { leads: number; lift: string }>;
  requests: number;
  duration_ms: number;
  exit_code: number;
  /** What stopped the run or needs attention, one sentence each. */
  problems: string[];
}

export interface Outcomes {
  active: number;
  already_active: number;
  held: number;
  unassigned: number;
  blocked: number;
  duplicate: number;
  rejected: number;
}

/** What a row is counted as when its lead is in this state. */
export function outcomeOf(state: {
  status: Status;
  hold_reason: string | null;
  already_active: number;
}): keyof Outcomes {
  if (state.status === 'BLOCKED') return 'blocked';
  if (state.status === 'ACTIVE') return state.already_active === 1 ? 'already_active' : 'active';
  return state.hold_reason === 'no_route' ? 'unassigned' : 'held';
}

/** Counts a run's leads by what became of them, as they stand now, besides the rows that are no lead of its own. */
export function countOutcomes(
  states: readonly StateCount[],
  extra: { duplicate: number; rejected: number; erased: number; illFormedAgain: number },
): Pick<RunSummary, 'outcomes' | 'held_reasons' | 'campaigns'> {
  const outcomes: Outcomes = {
    active: 0,
    already_active: 0,
    held: 0,
    unassigned: 0,
    blocked: extra.erased + extra.illFormedAgain,
    duplicate: extra.duplicate,
    rejected: extra.rejected,
  };
  const held_reasons: Record<string, number> = {};
  const campaigns: RunSummary['campaigns'] = {};
  for (const state of states) {
    const outcome = outcomeOf(state);
    outcomes[outcome] += state.n;
    if (outcome === 'held' && state.hold_reason !== null) {
      held_reasons[state.hold_reason] = (held_reasons[state.hold_reason] ?? 0) + state.n;
    }
    if (state.assigned_campaign_id !== null && state.status !== 'BLOCKED') {
      campaigns[state.assigned_campaign_id] ??= { active: 0, held: 0 };
      const campaign = campaigns[state.assigned_campaign_id];
      if (campaign) campaign[state.status === 'ACTIVE' ? 'active' : 'held'] += state.n;
    }
  }
  return { outcomes, held_reasons, campaigns };
}

/** The sum that holds in every run: what was read is what became of it. */
export function sumOf(outcomes: Outcomes): number {
  return Object.values(outcomes).reduce((sum, n) => sum + n, 0);
}

/** Held for a reason that someone should look at. */
export const NEEDS_ATTENTION = holdReasonsWith(({ needsAttention }) => needsAttention);

const SIGNAL_EXITS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** How a run can end, from what is known when it does. The first of several that applies wins. */
export function exitCodeOf(
  counts: Pick<RunSummary, 'outcomes' | 'held_reasons'>,
  end: { signal: NodeJS.Signals | undefined; keyRefused: boolean; unreachable: boolean; brokenInput: boolean },
): number {
  if (end.signal !== undefined) return SIGNAL_EXITS[end.signal] ?? 130;
  if (end.keyRefused) return 4;
  if (end.unreachable) return 5;
  const attention = NEEDS_ATTENTION.some((reason) => (counts.held_reasons[reason] ?? 0) > 0);
  return attention || end.brokenInput || counts.outcomes.rejected > 0 ? 3 : 0;
}
