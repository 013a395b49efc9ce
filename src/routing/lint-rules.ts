/** What is probably not meant in a set of rules: rules that can never match, ties, gaps. */
import { ANYONE, describeRule, personaKey, type Rule, type RuleSet, takesAnyone } from './rule.js';

export interface Finding {
  kind: 'unreachable' | 'tie' | 'gap' | 'list';
  rule?: Rule;
  /** The rule that stands in the way, or that it is tied with. */
  other?: Rule;
  message: string;
}

/** Looks at every rule in the order in which it is tried; first the unreachable ones, then ties, gaps, and lists
 * in one text. */
export function lintRules({ rules }: RuleSet): Finding[] {
  // Scores only have a lower bound. So of the rules that take a persona, the one with the lowest minimum takes all that
  // the others take, and everything below is decided per persona. "*" stands for whoever no rule names.
  const named = rules.flatMap((rule) => rule.personas.map(personaKey)).filter((key) => key !== '');
  const personas = [...new Set([ANYONE, ...named])];
  const takers = new Map(personas.map((persona) => [persona, rules.filter((rule) => takes(rule, persona))]));
  const unreachable = findUnreachable(rules, takers);
  const dead = new Set(unreachable.map(({ rule }) => rule));
  return [...unreachable, ...findTies(rules, takers, dead), ...findGaps(takers), ...findLists(rules)];
}

type Takers = ReadonlyMap<string, readonly Rule[]>;

function takes(rule: Rule, persona: string): boolean {
  return takesAnyone(rule) || rule.personas.some((one) => personaKey(one) === persona);
}

function findUnreachable(rules: readonly Rule[], takers: Takers): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const inTheWay = new Set<Rule>();
    for (const tried of takersOf(rule, takers)) {
      const earlier = tried.slice(0, tried.indexOf(rule)).find((other) => other.minScore <= rule.minScore);
      if (earlier === undefined) {
        inTheWay.clear();
        break;
      }
      inTheWay.add(earlier);
    }
    const [other] = inTheWay;
    if (other === undefined) continue;
    const names = [...inTheWay].map(nameRule).join(' and ');
    const how = inTheWay.size === 1 ? 'is tried first and takes' : 'are tried first and together take';
    findings.push({
      kind: 'unreachable',
      rule,
      other,
      message: `${nameRule(rule)} can never match: ${names} ${how} everyone it could take`,
    });
  }
  return findings;
}

/** Two rules are tied when swapping them in the file would send some lead elsewhere. */
function findTies(rules: readonly Rule[], takers: Takers, dead: ReadonlySet<Rule | undefined>): Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    if (dead.has(rule)) continue;
    const tied = new Set<Rule>();
    for (const tried of takersOf(rule, takers)) {
      for (const other of tried.slice(0, tried.indexOf(rule))) {
        if (other.priority !== rule.priority || other.campaignId === rule.campaignId) continue;
        const both = Math.max(other.minScore, rule.minScore);
        const takenBefore = tried.slice(0, tried.indexOf(other)).some(({ minScore }) => minScore <= both);
        if (!takenBefore) tied.add(other);
      }
    }
    const [other] = tied;
    if (other === undefined) continue;
    const more = tied.size > 1 ? ` (and ${tied.size - 1} more like it)` : '';
    findings.push({
      kind: 'tie',
      rule,
      other,
      message: `${nameRule(other)}${more} and ${nameRule(rule)} can match the same lead at equal priority: the order in the file decides, so the first one wins; different priorities would say so`,
    });
  }
  return findings;
}

/** A rule takes personas that are exactly as written, and hardly any is written with a comma. */
function findLists(rules: readonly Rule[]): Finding[] {
  return rules.flatMap((rule) =>
    rule.personas.flatMap((persona): Finding[] => {
      const parts = persona.split(/[,;]/).map((part) => part.trim());
      if (parts.length < 2) return [];
      const list = parts.filter((part) => part !== '').map((part) => JSON.stringify(part));
      const message = `${nameRule(rule)} takes one persona, written ${JSON.stringify(persona)}; if several are meant, write a list: [${list.join(', ')}]`;
      return [{ kind: 'list', rule, message }];
    }),
  );
}

function findGaps(takers: Takers): Finding[] {
  const lowest = (tried: readonly Rule[]) => tried.reduce<Rule | undefined>(lower, undefined);
  const caught = lowest(takers.get(ANYONE) ?? []);
  const gaps = new Map<Rule, string[]>();
  for (const [persona, tried] of takers) {
    const rule = lowest(tried);
    // Whoever falls to a "*" rule in the end is part of that rule's gap, not of one of his own.
    if (rule === undefined || rule.minScore <= 0 || (persona !== ANYONE && rule.minScore === caught?.minScore))
      continue;
    const spelling = rule.personas.find((one) => personaKey(one) === persona) ?? persona;
    gaps.set(rule, [...(gaps.get(rule) ?? []), spelling]);
  }
  return [...gaps].map(([rule, names]) => {
    const spared = [...takers.values()].some((tried) => (lowest(tried)?.minScore ?? rule.minScore) < rule.minScore);
    const who = names[0] !== ANYONE ? names.join(', ') : spared ? 'anyone else' : 'anyone';
    const stay = names.length === 1 ? 'stays' : 'stay';
    return { kind: 'gap', rule, message: `${who} below ${rule.minScore} ${stay} in the holding pool` };
  });
}

function lower(a: Rule | undefined, b: Rule): Rule {
  return a !== undefined && a.minScore <= b.minScore ? a : b;
}

/** For each persona that a rule can take, all rules that take it. */
function takersOf(rule: Rule, takers: Takers): (readonly Rule[])[] {
  return [...takers.values()].filter((tried) => tried.includes(rule));
}

function nameRule(rule: Rule): string {
  return describeRule(rule) + (rule.line === undefined ? '' : ` on line ${rule.line}`);
}
