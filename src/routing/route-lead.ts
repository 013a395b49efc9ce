/** Which campaign a lead belongs to, and why. */
import { type Lead, scoreOf } from '../lead.js';
import { personaKey, type Rule, type RuleSet, takesAnyone } from './rule.js';

/** Why a rule did not take a lead. */
export type Miss = 'persona' | 'score' | 'no_persona';

export interface Route {
  campaignId: string | undefined;
  matched: Rule | undefined;
  /** The rules tried before the one that matched, or all of them, each with its reason. */
  missed: { rule: Rule; why: Miss }[];
}

type RoutedLead = Pick<Lead, 'persona' | 'lead_score'>;

/** Tries the rules in their order and says why each that was tried did not match. For every lead, use findRule. */
export function routeLead(lead: RoutedLead, { rules }: RuleSet): Route {
  const key = personaKey(lead.persona ?? '');
  const missed: Route['missed'] = [];
  for (const rule of rules) {
    const why = missOf(rule, key, scoreOf(lead));
    if (why === undefined) return { campaignId: rule.campaignId, matched: rule, missed };
    missed.push({ rule, why });
  }
  return { campaignId: undefined, matched: undefined, missed };
}

function missOf(rule: Rule, key: string, score: number): Miss | undefined {
  if (!takesAnyone(rule)) {
    if (key === '') return 'no_persona';
    if (!rule.personas.some((persona) => personaKey(persona) === key)) return 'persona';
  }
  return score >= rule.minScore ? undefined : 'score';
}

/** The rules that can take a persona, in the order in which they are tried. */
interface PersonaIndex {
  named: Map<string, Rule[]>;
  anyone: Rule[];
}

// Beside the rule set, not in it: a RuleSet stays plain data that can be sent to a worker.
const indexes = new WeakMap<RuleSet, PersonaIndex>();

/** The same decision as routeLead, without the explanation and fast enough for every row. */
export function findRule(lead: RoutedLead, rules: RuleSet): Rule | undefined {
  const { named, anyone } = indexOf(rules);
  const applicable = lead.persona === undefined ? anyone : (named.get(personaKey(lead.persona)) ?? anyone);
  const score = scoreOf(lead);
  for (const rule of applicable) if (score >= rule.minScore) return rule;
  return undefined;
}

function indexOf(ruleSet: RuleSet): PersonaIndex {
  const built = indexes.get(ruleSet);
  if (built) return built;
  const anyone = ruleSet.rules.filter(takesAnyone);
  const named = new Map<string, Rule[]>();
  for (const key of ruleSet.rules.flatMap(({ personas }) => personas.map(personaKey))) {
    // An empty persona, in a rule or a lead, is none at all.
    if (key !== '' && !named.has(key)) {
      named.set(
        key,
        ruleSet.rules.filter((rule) => takesAnyone(rule) || rule.personas.some((one) => personaKey(one) === key)),
      );
    }
  }
  const index = { named, anyone };
  indexes.set(ruleSet, index);
  return index;
}

/** A miss as half a sentence: `needs a score of 80, the lead has 79`. */
export function explainMiss({ rule, why }: Route['missed'][number], lead: RoutedLead): string {
  if (why === 'score') {
    const has = lead.lead_score === undefined ? 'none, which counts as 0' : lead.lead_score;
    return `needs a score of ${rule.minScore}, the lead has ${has}`;
  }
  const wanted = rule.personas.join(' or ');
  if (why === 'no_persona') return `is for ${wanted}, the lead has no persona`;
  return `is for ${wanted}, the lead is "${lead.persona?.trim() ?? ''}"`;
}
