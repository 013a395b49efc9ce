import { z } from 'zod';
import { explainSignal } from '../health/signals.js';
import type { Lead } from '../lead.js';
import type { Decider, Decision } from '../pipeline/decide.js';
import { explainMiss, type Route, routeLead } from '../routing/route-lead.js';
import { describeRule, type RuleSet } from '../routing/rule.js';
import type { AuditDetails, ReadRow } from './audit-details.js';
import type { DecisionStory, TriedRule } from './story-types.js';

/** What routing looks at. */
export type RoutedBy = Pick<Lead, 'persona' | 'lead_score'>;

const rulesSchema = z.array(
  z.object({
    personas: z.array(z.string()),
    minScore: z.number(),
    campaignId: z.string(),
    priority: z.number(),
    index: z.number(),
    line: z.exactOptional(z.number()),
  }),
);

/** Reads the body of a rule set as the database keeps it; undefined when it is not one. */
export function readRuleSet(hash: string, body: unknown): RuleSet | undefined {
  const rules = rulesSchema.safeParse(body);
  return rules.success ? { hash, rules: rules.data } : undefined;
}

/**
 * The persona and score that routing saw at each audit row: what the lead has now, walked back through the arrivals
 * that changed them, newest first. Pure.
 */
export function routedAt(lead: RoutedBy, rows: readonly ReadRow[]): RoutedBy[] {
  let seen = { persona: lead.persona, lead_score: lead.lead_score };
  const found: RoutedBy[] = [];
  for (const { details } of rows.toReversed()) {
    found.push(present(seen));
    const { before } = details;
    if (before?.persona !== undefined) seen = { ...seen, persona: before.persona ?? undefined };
    if (before?.lead_score !== undefined) seen = { ...seen, lead_score: before.lead_score ?? undefined };
  }
  return found.reverse();
}

function present(seen: { persona: string | undefined; lead_score: number | undefined }): RoutedBy {
  return {
    ...(seen.persona === undefined ? {} : { persona: seen.persona }),
    ...(seen.lead_score === undefined ? {} : { lead_score: seen.lead_score }),
  };
}

function triedRules(route: Route, lead: RoutedBy): TriedRule[] {
  const missed = route.missed.map((miss): TriedRule => {
    return { rule: describeRule(miss.rule), matched: false, miss: miss.why, why: explainMiss(miss, lead) };
  });
  return route.matched
    ? [...missed, { rule: describeRule(route.matched), matched: true, miss: null, why: null }]
    : missed;
}

/** A decision of the past, explained by the rules of that time. Pure. */
export function explainOld(details: AuditDetails, rules: RuleSet | undefined, lead: RoutedBy): DecisionStory {
  const story: DecisionStory = {
    health_classification: details.health ?? null,
    health_score: details.score ?? null,
    allowed: details.allowed,
    signals: details.signals.map((hit) => ({ name: hit.name, penalty: hit.penalty, text: explainSignal(hit) })),
    suppressed: details.suppressed ?? null,
    persona: lead.persona ?? null,
    lead_score: lead.lead_score ?? null,
    rules: details.rules ?? null,
    tried: [],
    not_told: null,
    campaign: details.campaign ?? null,
    refused: details.refused ?? null,
  };
  if (details.rules === undefined) return story;
  if (rules === undefined) return { ...story, not_told: 'the rules of that time are not kept' };
  const route = routeLead(lead, rules);
  const found = route.matched ? rules.rules.indexOf(route.matched) : undefined;
  if (found === details.rule) return { ...story, tried: triedRules(route, lead) };
  // What it was routed by has been changed in a way the log does not tell. Then only what was written down is told.
  const noted = details.rule === undefined ? undefined : rules.rules[details.rule];
  return {
    ...story,
    tried: noted ? [{ rule: describeRule(noted), matched: true, miss: null, why: null }] : [],
    not_told: 'the persona and score of that time are not known',
  };
}

/** A decision of today. Pure. */
export function explainNew(decision: Decision, lead: Lead, decider: Decider): DecisionStory {
  const { health } = decision;
  const tried = decision.status === 'BLOCKED' ? [] : triedRules(routeLead(lead, decider.rules), lead);
  return {
    health_classification: health.classification,
    health_score: health.score,
    allowed: health.allowed === true,
    signals: health.signals.map((hit) => ({ name: hit.name, penalty: hit.penalty, text: explainSignal(hit) })),
    suppressed: decision.suppressed ?? null,
    persona: lead.persona ?? null,
    lead_score: lead.lead_score ?? null,
    rules: decision.status === 'BLOCKED' ? null : decider.rules.hash,
    tried,
    not_told: null,
    campaign: decision.campaignId,
    refused: decision.refusal ?? null,
  };
}
