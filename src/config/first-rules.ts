/** The rules file that `drason init` writes: the commented example, with a few answers put in. */
import { basename, dirname, extname, resolve } from 'node:path';
import { isNode, parseDocument } from 'yaml';
import { packageFile } from '../version.js';
import { organizationName } from './checks.js';

/** One rule as it was asked for. `personas` may be `['*']`, for anyone. */
export interface FirstRule {
  personas: readonly string[];
  minScore: number;
  campaignId: string;
  /** A comment above the rule. */
  note?: string;
}

export interface FirstAnswers {
  organization: string;
  /** The database, relative to the rules file; undefined: in the user's data directory. */
  database: string | undefined;
  /** Empty: the example's own. */
  rules: readonly FirstRule[];
}

/**
 * What is answered where nobody is asked: each rules file has a database of its own, beside it, and the organization has
 * the name of its folder, so that the clients of two folders never meet.
 */
export function defaultAnswers(rulesFile: string): FirstAnswers {
  const file = resolve(rulesFile);
  const stem = basename(file, extname(file));
  const named = basename(dirname(file))
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 63);
  return {
    organization: organizationName.safeParse(named).data ?? 'default',
    database: `./${stem === 'rules' ? 'drason' : stem}.db`,
    rules: [],
  };
}

/** The personas of an answer such as `VP Sales, Head of Sales`; `*` takes anyone, whoever else is named. */
export function splitPersonas(answer: string): string[] {
  const named = answer
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return named.includes('*')
    ? ['*']
    : named.filter((one, place) => named.findIndex((other) => keyOf(other) === keyOf(one)) === place);
}

/** Personas are the same in capitals or not. */
export const keyOf = (persona: string) => persona.toUpperCase().toLowerCase().normalize('NFC');

/** The text of a first rules file. It loads, and the tests in it pass. */
export function firstRulesFile({ organization, database, rules }: FirstAnswers): string {
  const example = packageFile('rules.example.yaml');
  const parts: Array<readonly [key: string, text: string]> = [['organization', JSON.stringify(organization)]];
  if (rules.length > 0) {
    const ordered = inOrder(rules);
    parts.push(['rules', ruleLines(ordered)], ['tests', testLines(ordered)]);
  }
  const document = parseDocument(example);
  // From the end on, so that the places before stay where they are.
  const text = parts.reduceRight((before, [key, put]) => {
    const node = document.get(key, true);
    const [from, to] = (isNode(node) && node.range) || [0, 0];
    return before.slice(0, from) + put + before.slice(to);
  }, example);
  return database === undefined ? text : text.replace(/^#database:.*$/m, () => `database: ${quoted(database)}`);
}

const quoted = (path: string) => (/^[\w./-]+$/.test(path) ? path : JSON.stringify(path));

/** Named personas before "*", high scores before low ones: so every rule has leads that reach it. */
function inOrder(rules: readonly FirstRule[]): FirstRule[] {
  const anyone = (rule: FirstRule) => Number(rule.personas.includes('*'));
  return rules.toSorted((a, b) => anyone(a) - anyone(b) || b.minScore - a.minScore);
}

function personaText(personas: readonly string[]): string {
  const [only, ...more] = personas.map((one) => JSON.stringify(one));
  return more.length === 0 ? (only ?? '"*"') : `[${[only, ...more].join(', ')}]`;
}

function ruleLines(rules: readonly FirstRule[]): string {
  const lines = rules.map(({ personas, minScore, campaignId, note }, place) => {
    const priority = (rules.length - place) * 10;
    const who = personaText(personas);
    const rule = `- { persona: ${who}, min_score: ${minScore}, target_campaign_id: "${campaignId}", priority: ${priority} }`;
    return `${rule}${note === undefined ? '' : ` # ${note}`}\n`;
  });
  return lines.join('  ');
}

/** Two tests a rule, at its lowest score and below that, and one lead that must be blocked. */
function testLines(rules: readonly FirstRule[]): string {
  const line = (name: string, persona: string, score: number) => {
    const rule = rules.find(
      ({ personas, minScore }) =>
        score >= minScore && personas.some((one) => one === '*' || keyOf(one) === keyOf(persona)),
    );
    const lead = `{ persona: ${JSON.stringify(persona)}, lead_score: ${score} }`;
    return `- { name: ${JSON.stringify(name)}, lead: ${lead}, expect: "${rule?.campaignId ?? 'held'}" }\n`;
  };
  const lines = rules.flatMap(({ personas, minScore }) =>
    personas.flatMap((persona) => {
      const who = persona === '*' ? 'Somebody Else' : persona;
      const below = minScore > 0 ? [line(`${who} below ${minScore}`, who, minScore - 1)] : [];
      return [line(`${who} at ${minScore}`, who, minScore), ...below];
    }),
  );
  const blocked = `- name: a throw-away address
    lead: { email: someone@mailinator.com, persona: ${JSON.stringify(rules[0]?.personas[0])}, lead_score: 100 }
    expect: blocked
`;
  return [...lines, blocked].join('  ');
}
