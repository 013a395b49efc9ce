import { blockListMatch, type Gate, type GateSettings, type HealthVerdict, makeGate } from '../health/gate.js';
import type { HoldReason, Lead, Status } from '../lead.js';
import { findRule } from '../routing/route-lead.js';
import { buildRuleSet, type Rule, type RuleSet, type RuleSource, ruleKey } from '../routing/rule.js';
import { customFieldCount } from '../smartlead/wire.js';
import { counted } from '../text/wording.js';
import { reviewSentence } from './review-text.js';

/** An organization's rules and gate, made ready once for many leads. */
export interface Decider {
  gate: Gate;
  rules: RuleSet;
  /** What each rule is counted by. */
  ruleKeys: ReadonlyMap<Rule, string>;
  /** The entry of the rules file's block-list that names an address. */
  blockedBy: (email: string) => string | undefined;
  /** Smartlead takes no more custom fields than this on a lead. */
  customFieldsLimit: number;
}

/** What today's gate and rules say about one lead. */
export interface Decision {
  health: HealthVerdict;
  status: Extract<Status, 'HELD' | 'BLOCKED'>;
  hold_reason: Extract<HoldReason, 'queued' | 'no_route' | 'refused' | 'review'> | null;
  campaignId: string | null;
  rule: Rule | undefined;
  /** Why the lead must not be mailed, whatever its health. */
  suppressed: string | undefined;
  /** Why Smartlead would refuse the lead, known without asking. */
  refusal: string | undefined;
  /** What a person has to look at before the lead is sent. */
  review: string | undefined;
}

/** Makes an organization's rules and gate ready. */
export function makeDecider(config: {
  health: GateSettings;
  rules: readonly RuleSource[];
  smartlead: { customFieldsLimit: number };
}): Decider {
  const rules = buildRuleSet(config.rules);
  return {
    gate: makeGate(config.health),
    rules,
    ruleKeys: new Map(rules.rules.map((rule) => [rule, ruleKey(rule)])),
    blockedBy: blockListMatch(config.health),
    customFieldsLimit: config.smartlead.customFieldsLimit,
  };
}

function refusalOf(lead: Lead, limit: number): string | undefined {
  const count = customFieldCount(lead);
  if (count <= limit) return undefined;
  return `the lead has ${counted(count, 'custom field')}, Smartlead takes ${limit} (smartlead.custom_fields_limit)`;
}

function suppressionOf(lead: Lead, known: string | undefined, decider: Decider): string | undefined {
  if (known !== undefined) return known;
  if (lead.unsubscribed) return 'unsubscribed';
  const entry = decider.blockedBy(lead.email);
  return entry === undefined ? undefined : `on the block list (${entry})`;
}

/**
 * The one decision that every door, every retry and every dry run shares: health, then suppression, then the rules.
 * Pure. `suppressedFor` is what the store knows of the address, if anything.
 */
export function decide(lead: Lead, suppressedFor: string | undefined, decider: Decider): Decision {
  const health = decider.gate(lead);
  const suppressed = suppressionOf(lead, suppressedFor, decider);
  if (suppressed !== undefined || health.classification === 'RED') {
    return {
      health,
      status: 'BLOCKED',
      hold_reason: null,
      campaignId: null,
      rule: undefined,
      suppressed,
      refusal: undefined,
      review: undefined,
    };
  }
  const rule = findRule(lead, decider.rules);
  const refusal = rule ? refusalOf(lead, decider.customFieldsLimit) : undefined;
  const review = reviewSentence(lead.review);
  const routed = refusal === undefined ? 'queued' : 'refused';
  return {
    health,
    status: 'HELD',
    hold_reason: review !== undefined ? 'review' : rule ? routed : 'no_route',
    campaignId: rule?.campaignId ?? null,
    rule,
    suppressed,
    refusal,
    review,
  };
}
