import { explainSignal } from '../health/signals.js';
import type { Lead } from '../lead.js';
import { type Lacking, nearText } from '../routing/near-miss.js';
import { explainMiss, routeLead } from '../routing/route-lead.js';
import { describeRule } from '../routing/rule.js';
import { counted } from '../text/wording.js';
import type { Decider, Decision } from './decide.js';

/** Where a decision sends a lead: a campaign's id, `held` or `blocked`. */
export function destinationOf(decision: Decision): string {
  if (decision.status === 'BLOCKED') return 'blocked';
  return decision.hold_reason === 'review' ? 'held' : (decision.campaignId ?? 'held');
}

/** Why a decision is what it is, in a few words. `near`: what a lead that no rule matches lacked (routing/near-miss.ts). */
export function reasonOf(decision: Decision, near?: string): string {
  const { health, suppressed, rule, refusal } = decision;
  if (suppressed !== undefined) return `suppressed: ${suppressed}`;
  if (decision.status === 'BLOCKED') return health.signals.map(explainSignal).join(' ');
  if (decision.review !== undefined) return `held for review: ${decision.review}`;
  if (refusal !== undefined) return refusal;
  return rule ? describeRule(rule) : `no rule matches; ${near ?? 'it stays in the holding pool'}`;
}

/** {@link reasonOf} with what a lead that no rule matches lacked. */
export function reasonFor(lead: Lead, decision: Decision, { rules }: Decider, lacking?: Lacking): string {
  const noRule = decision.status === 'HELD' && decision.rule === undefined;
  return reasonOf(decision, noRule ? nearText(lead, rules, lacking) : undefined);
}

/** A decision on one line. */
export function describeDecision(lead: Lead, decision: Decision, decider: Decider, lacking?: Lacking): string {
  const { health } = decision;
  const who = `${lead.email}  ${lead.persona ?? '(no persona)'} ${lead.lead_score ?? '(no score)'}`;
  return `${who}  ${health.classification} ${health.score}  → ${destinationOf(decision)}  (${reasonFor(lead, decision, decider, lacking)})`;
}

/** Everything that decides about one lead, a sentence a line: signals, then each rule that was tried. */
export function explainDecision(lead: Lead, decision: Decision, decider: Decider): string[] {
  const { health, suppressed } = decision;
  const lines = [
    `Health  ${health.classification}, ${counted(health.score, 'point')}${health.allowed ? ' (on the allow-list)' : ''}`,
  ];
  for (const signal of health.signals) lines.push(`  −${signal.penalty}  ${explainSignal(signal)}`);
  if (suppressed !== undefined) lines.push(`Suppressed: ${suppressed}`);
  if (decision.status === 'BLOCKED') return [...lines, 'Blocked: it is not routed and never sent'];
  const route = routeLead(lead, decider.rules);
  lines.push('Rules');
  for (const miss of route.missed) lines.push(`  ✗ ${describeRule(miss.rule)}: ${explainMiss(miss, lead)}`);
  if (route.matched) lines.push(`  ✓ ${describeRule(route.matched)}`);
  if (decision.review !== undefined) lines.push(`Held for review: ${decision.review}`);
  else if (decision.refusal !== undefined) lines.push(`Held: ${decision.refusal}`);
  lines.push(
    route.matched
      ? `Goes to campaign ${route.matched.campaignId}`
      : `Stays in the holding pool: no rule matches; ${nearText(lead, decider.rules)}`,
  );
  return lines;
}
