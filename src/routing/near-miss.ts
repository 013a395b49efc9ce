/** Which rule a lead that none matches came nearest to, and what was missing; and the same for many leads, by persona. */
import type { Lead } from '../lead.js';
import { counted, nearest, number } from '../text/wording.js';
import { personaKey, type Rule, type RuleSet, takesAnyone } from './rule.js';

type RoutedLead = Pick<Lead, 'persona' | 'lead_score'>;

/** Fields that no column of the input gives. */
export interface Lacking {
  persona: boolean;
  lead_score: boolean;
}

export const LACKS_NOTHING: Lacking = { persona: false, lead_score: false };

/** The nearest rule, its place among the rules as they are tried (from 1), and what a lead lacked for it. */
export interface NearMiss {
  rule: Rule;
  place: number;
  missing: 'score' | 'persona' | 'no_persona';
}

const isFor = (rule: Rule, key: string) => rule.personas.some((persona) => personaKey(persona) === key);

/** The rule nearest to a persona that none takes, or takes with a lower score; undefined where none is like it. Pure. */
export function nearestRule(persona: string | undefined, { rules }: RuleSet): NearMiss | undefined {
  const key = personaKey(persona ?? '');
  const lowest = (some: readonly Rule[], missing: NearMiss['missing']): NearMiss | undefined => {
    const [rule] = some.toSorted((a, b) => a.minScore - b.minScore);
    return rule && { rule, place: rules.indexOf(rule) + 1, missing };
  };
  const takesIt = rules.filter((rule) => takesAnyone(rule) || (key !== '' && isFor(rule, key)));
  if (takesIt.length > 0) return lowest(takesIt, 'score');
  const [first] = rules;
  if (key === '') return first && { rule: first, place: 1, missing: 'no_persona' };
  const like = personaLike(
    key,
    rules.flatMap(({ personas }) => personas.map(personaKey)),
  );
  if (like === undefined) return undefined;
  return lowest(
    rules.filter((rule) => isFor(rule, like)),
    'persona',
  );
}

/** The persona that is spelt nearly so, or has all the words of the other: `senior vp sales` is like `vp sales`. */
function personaLike(key: string, known: readonly string[]): string | undefined {
  const words = (text: string) => new Set(text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''));
  const own = words(key);
  const within = (some: Set<string>, others: Set<string>) =>
    some.size > 0 && [...some].every((word) => others.has(word));
  const alike = (name: string) => within(words(name), own) || within(own, words(name));
  return nearest(key, known) ?? known.find(alike);
}

function nameOf({ rule, place }: NearMiss): string {
  const [first = '', second, ...others] = rule.personas;
  const who = second === undefined ? first : others.length > 0 ? `${first}, ${second}, …` : `${first} or ${second}`;
  return `rule ${place} (${who === '*' ? 'anyone' : who})`;
}

/** What a lead lacked for the rule that is nearest to it: `nearest: rule 2 (VP Sales) wants a score of 60, has 55`. */
export function nearText(lead: RoutedLead, rules: RuleSet, lacking: Lacking = LACKS_NOTHING): string {
  if (rules.rules.length === 0) return 'there are no rules';
  const near = nearestRule(lead.persona, rules);
  if (!near) return `no rule is for "${lead.persona?.trim()}"`;
  switch (near.missing) {
    case 'score': {
      const has = lead.lead_score === undefined ? 'has none' : `has ${lead.lead_score}`;
      const given = lead.lead_score === undefined && lacking.lead_score ? 'the file has no score column' : has;
      return `nearest: ${nameOf(near)} wants a score of ${near.rule.minScore}, ${given}`;
    }
    case 'no_persona':
      return `${nameOf(near)} wants a persona, ${lacking.persona ? 'the file has no persona column' : 'the lead has none'}`;
    case 'persona':
      return `nearest: ${nameOf(near)}, the persona is "${lead.persona?.trim()}"`;
  }
}

/** {@link nearText} for a column of a table: `rule 2 wants 60, has 55`. */
export function nearShort(lead: RoutedLead, rules: RuleSet, lacking: Lacking = LACKS_NOTHING): string {
  const near = nearestRule(lead.persona, rules);
  if (!near) return 'no rule for this persona';
  const { rule, place, missing } = near;
  if (missing === 'persona') return `like rule ${place} (${rule.personas[0]})`;
  const [has, what] = missing === 'score' ? [lead.lead_score, 'score'] : [undefined, 'persona'];
  const none = lacking[missing === 'score' ? 'lead_score' : 'persona'] ? `no ${what} column` : `no ${what}`;
  const wants = missing === 'score' ? String(rule.minScore) : 'a persona';
  return `rule ${place} wants ${wants}, ${has === undefined ? none : `has ${has}`}`;
}

/** Leads of one persona that no rule matches. */
export interface NoRuleGroup {
  /** As it was first spelt; null: they have none. */
  persona: string | null;
  leads: number;
  /** null: none of them has a score. */
  highest_score: number | null;
  without_score: number;
}

/** What many leads of one persona lacked for the rule that is nearest to them. */
export function groupText(group: NoRuleGroup, rules: RuleSet, lacking: Lacking = LACKS_NOTHING): string {
  if (rules.rules.length === 0) return 'there are no rules';
  const near = nearestRule(group.persona ?? undefined, rules);
  if (!near) return 'no rule is for that persona';
  const none = group.without_score === group.leads;
  switch (near.missing) {
    case 'score': {
      const some = group.without_score > 0 ? `, ${number(group.without_score)} without one` : '';
      const highest = none ? 'none has one' : `the highest is ${group.highest_score}${some}`;
      const given = none && lacking.lead_score ? 'the file has no score column' : highest;
      return `${nameOf(near)} wants a score of ${near.rule.minScore}; ${given}`;
    }
    case 'no_persona':
      return `${nameOf(near)} wants a persona; ${lacking.persona ? 'the file has no persona column' : 'none has one'}`;
    case 'persona':
      return `nearest: ${nameOf(near)}`;
  }
}

/** So many personas are told apart; a file whose persona column is a mistake has another in each row. */
const MOST_PERSONAS = 10_000;
const TOP = 5;

/** What runs and lists say about the leads that no rule matches. */
export interface NoRule {
  leads: number;
  /** How many personas they have. */
  personas: number;
  /** The personas with the most leads, five at most. `nearest_rule`: its number in `rules list`. */
  top: Array<NoRuleGroup & { nearest_rule: number | null; why: string }>;
}

/** Counts leads that no rule matches by persona, as rules compare it. */
export class NoRuleCount {
  readonly #groups = new Map<string, NoRuleGroup>();
  #leads = 0;

  /** Adds one lead, or a group that was counted elsewhere. */
  add(group: NoRuleGroup): void {
    this.#leads += group.leads;
    const key = personaKey(group.persona ?? '');
    const found = this.#groups.get(key);
    if (found) {
      found.leads += group.leads;
      found.without_score += group.without_score;
      if (group.highest_score !== null)
        found.highest_score = Math.max(found.highest_score ?? group.highest_score, group.highest_score);
    } else if (this.#groups.size < MOST_PERSONAS) {
      this.#groups.set(key, { ...group, persona: key === '' ? null : group.persona });
    }
  }

  addLead({ persona, lead_score: score }: RoutedLead): void {
    const without = score === undefined ? 1 : 0;
    this.add({ persona: persona ?? null, leads: 1, highest_score: score ?? null, without_score: without });
  }

  /** The personas with the most leads, each with the rule that is nearest. */
  toNoRule(rules: RuleSet, lacking: Lacking = LACKS_NOTHING): NoRule {
    const groups = [...this.#groups.values()].sort((a, b) => b.leads - a.leads);
    const top = groups.slice(0, TOP).map((group) => ({
      ...group,
      nearest_rule: nearestRule(group.persona ?? undefined, rules)?.place ?? null,
      why: groupText(group, rules, lacking),
    }));
    return { leads: this.#leads, personas: groups.length, top };
  }
}

/** The lines that say it: `12 VP of Sales: nearest: rule 1 (VP Sales)`. */
export function noRuleLines({ leads, personas, top }: NoRule): string[] {
  const lines = top.map((group) => `${number(group.leads)} ${group.persona ?? 'without a persona'}: ${group.why}`);
  const told = top.reduce((sum, group) => sum + group.leads, 0);
  if (told < leads)
    lines.push(`${counted(leads - told, 'lead')} of ${counted(personas - top.length, 'other persona')}`);
  return lines;
}
