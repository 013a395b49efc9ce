import type { Clock } from '../clock.js';
import type { Redecide } from '../store/queue/divert.js';
import { type Decider, decide } from './decide.js';
import { actionOf, decisionDetails, freshState, ruleOf } from './take-in.js';

/**
 * Asks today's gate and rules about leads at the moment in which they would be sent: they may have been queued, or left
 * `unknown`, by a process with other rules.
 */
export function redecider(decider: Decider, clock: Clock, runId: string): Redecide {
  const campaigns = new Set(decider.rules.rules.map(({ campaignId }) => campaignId));
  return (lead, suppressedFor) => {
    const decision = decide(lead, suppressedFor, decider);
    const mayBeMailed = decision.status !== 'BLOCKED' && decision.review === undefined;
    if (mayBeMailed && campaigns.has(lead.assigned_campaign_id ?? '')) return undefined;
    const details = { run: runId, was: lead.hold_reason, ...decisionDetails(decision, decider) };
    return {
      state: freshState(decision, true, clock.now()),
      audits: [{ trigger: 'delivery', action: actionOf(decision), details }],
      takenBy: ruleOf(decision, decider),
    };
  };
}
