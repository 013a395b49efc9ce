/** A routing rule, and the set of them in the order in which they are tried. */
import { createHash } from 'node:crypto';
import { cleanText } from '../clean-text.js';
import { remember } from '../remember.js';

/** The persona of a rule that takes anyone, also a lead without a persona. */
export const ANYONE = '*';

export interface Rule {
  /** As written, cleaned (clean-text.ts); `['*']` for anyone. */
  personas: string[];
  minScore: number;
  campaignId: string;
  /** Higher is tried first. */
  priority: number;
  /** Place in the file, from 0. */
  index: number;
  /** Line in the file, from 1, where known. */
  line?: number;
}

export interface RuleSet {
  /** In the order in which they are tried. */
  rules: Rule[];
  /** Sixteen hex digits that change when what the rules decide or print changes; lines and letter case do not count. */
  hash: string;
}

/** A rule as the rules file spells it, with every default filled in. */
export interface RuleSource {
  persona: string | string[];
  min_score: number;
  target_campaign_id: string;
  priority: number;
  line?: number;
}

/** Puts rules into the order in which they are tried: higher priority first, equal priorities as in the file. */
export function buildRuleSet(sources: readonly RuleSource[]): RuleSet {
  const rules = sources.map(toRule).sort((a, b) => b.priority - a.priority);
  const decisive = rules.map(({ personas, minScore, campaignId, priority }) => [
    [...new Set(personas.map(personaKey))].sort(),
    minScore,
    campaignId,
    priority,
  ]);
  const hash = createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16);
  return { rules, hash };
}

function toRule(source: RuleSource, index: number): Rule {
  const written = [source.persona].flat().map(cleanText);
  return {
    personas: written.includes(ANYONE) ? [ANYONE] : written,
    minScore: source.min_score,
    campaignId: source.target_campaign_id,
    priority: source.priority,
    index,
    ...(source.line === undefined ? {} : { line: source.line }),
  };
}

/**
 * What personas are compared by: equal for every spelling in capitals or small letters, composed or not, with whatever
 * white space. Upper case first, because lower case alone keeps ß and SS, ı and I, σ and ς apart.
 */
export const personaKey = remember((persona) => cleanText(persona).toUpperCase().toLowerCase().normalize('NFKC'));

/**
 * What a rule is known by when the file is edited elsewhere: whom it takes and where it sends them. Its place, its
 * priority and the spelling of its personas do not count.
 */
export function ruleKey({ personas, minScore, campaignId }: Rule): string {
  return JSON.stringify([[...new Set(personas.map(personaKey))].sort(), minScore, campaignId]);
}

/** Whether a rule takes anyone. */
export function takesAnyone(rule: Rule): boolean {
  return rule.personas[0] === ANYONE;
}

/** A rule on one line: `VP Sales ≥ 80 → 123456 (priority 100)`. */
export function describeRule(rule: Rule): string {
  return `${rule.personas.join(', ')} ≥ ${rule.minScore} → ${rule.campaignId} (priority ${rule.priority})`;
}
