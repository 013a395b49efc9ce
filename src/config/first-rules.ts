/** The rules file that `drason init` writes: the commented example, with a few answers put in. */
import { isNode, parseDocument } from 'yaml';
import { packageFile } from '../version.js';

/** One rule as it was asked for. `persona` may be `*`, for anyone. */
export interface FirstRule {
  persona: string;
  minScore: number;
  campaignId: string;
}

export interface FirstAnswers {
  organization: string;
  /** Keep the database beside the rules file. */
  databaseBeside: boolean;
  /** Empty: the example's own. */
  rules: readonly FirstRule[];
}

/** What is answered by whoever is not asked. */
export const DEFAULT_ANSWERS: FirstAnswers = { organization: 'default', databaseBeside: false, rules: [] };

/** The text of a first rules file. It loads, and the tests in it pass. */
export function firstRulesFile({ organization, databaseBeside, rules }: FirstAnswers): string {
  const example = packageFile('rules.example.yaml');
  const parts: Array<readonly [key: string, text: string]> = [];
  if (organization !== DEFAULT_ANSWERS.organization) parts.push(['organization', JSON.stringify(organization)]);
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
  return databaseBeside ? text.replace(/^#(?=database:)/m, '') : text;
}

/** Named personas before "*", high scores before low ones: so every rule has leads that reach it. */
function inOrder(rules: readonly FirstRule[]): FirstRule[] {
  const anyone = (rule: FirstRule) => Number(rule.persona === '*');
  return rules.toSorted((a, b) => anyone(a) - anyone(b) || b.minScore - a.minScore);
}

function ruleLines(rules: readonly FirstRule[]): string {
  const lines = rules.map(({ persona, minScore, campaignId }, place) => {
    const priority = (rules.length - place) * 10;
    const who = JSON.stringify(persona);
    return `- { persona: ${who}, min_score: ${minScore}, target_campaign_id: "${campaignId}", priority: ${priority} }\n`;
  });
  return lines.join('  ');
}

/** Two tests a rule, at its lowest score and below that, and one lead that must be blocked. */
function testLines(rules: readonly FirstRule[]): string {
  const key = (persona: string) => persona.toUpperCase().toLowerCase().normalize('NFC');
  const line = (name: string, persona: string, score: number) => {
    const rule = rules.find(
      (one) => (one.persona === '*' || key(one.persona) === key(persona)) && score >= one.minScore,
    );
    const lead = `{ persona: ${JSON.stringify(persona)}, lead_score: ${score} }`;
    return `- { name: ${JSON.stringify(name)}, lead: ${lead}, expect: "${rule?.campaignId ?? 'held'}" }\n`;
  };
  const lines = rules.flatMap(({ persona, minScore }) => {
    const who = persona === '*' ? 'Somebody Else' : persona;
    const below = minScore > 0 ? [line(`${who} below ${minScore}`, who, minScore - 1)] : [];
    return [line(`${who} at ${minScore}`, who, minScore), ...below];
  });
  const blocked = `- name: a throw-away address
    lead: { email: someone@mailinator.com, persona: ${JSON.stringify(rules[0]?.persona)}, lead_score: 100 }
    expect: blocked
`;
  return [...lines, blocked].join('  ');
}
