import { describe, expect, test } from 'vitest';
import { NoRuleCount, nearestRule, nearShort, nearText, noRuleLines } from '../../src/routing/near-miss.js';
import { buildRuleSet } from '../../src/routing/rule.js';

const rule = (persona: string | string[], min_score: number, target_campaign_id: string) => ({
  persona,
  min_score,
  target_campaign_id,
  priority: 0,
});
const RULES = buildRuleSet([
  rule('VP Sales', 80, '1'),
  rule('VP Sales', 60, '2'),
  rule(['CTO', 'Head of IT', 'CIO'], 50, '3'),
]);
const LACKS = { persona: true, lead_score: true };

test.each([
  ['the lowest score that would do', { persona: 'vp  SALES', lead_score: 55 }, 2, 'score'],
  ['a persona spelt nearly so', { persona: 'VP of Sales', lead_score: 99 }, 2, 'persona'],
  ['a persona with more words', { persona: 'Senior VP Sales EMEA' }, 2, 'persona'],
  ['a persona with fewer words', { persona: 'IT' }, 3, 'persona'],
  ['no persona', { lead_score: 99 }, 1, 'no_persona'],
])('the nearest rule: %s', (_what, lead: { persona?: string; lead_score?: number }, place, missing) => {
  expect(nearestRule(lead.persona, RULES)).toMatchObject({ place, missing });
});

test('a persona that is like none has no nearest rule', () => {
  expect(nearestRule('Intern', RULES)).toBeUndefined();
  expect(nearText({ persona: ' Intern ' }, RULES)).toBe('no rule is for "Intern"');
  expect(nearText({ persona: 'Intern' }, buildRuleSet([]))).toBe('there are no rules');
});

describe('what was missing', () => {
  test.each([
    [
      { persona: 'VP Sales', lead_score: 55 },
      undefined,
      'nearest: rule 2 (VP Sales) wants a score of 60, has 55',
      'rule 2 wants 60, has 55',
    ],
    [
      { persona: 'VP Sales' },
      undefined,
      'nearest: rule 2 (VP Sales) wants a score of 60, has none',
      'rule 2 wants 60, no score',
    ],
    [
      { persona: 'VP Sales' },
      LACKS,
      'nearest: rule 2 (VP Sales) wants a score of 60, the file has no score column',
      'rule 2 wants 60, no score column',
    ],
    [
      { lead_score: 55 },
      undefined,
      'rule 1 (VP Sales) wants a persona, the lead has none',
      'rule 1 wants a persona, no persona',
    ],
    [
      { lead_score: 55 },
      LACKS,
      'rule 1 (VP Sales) wants a persona, the file has no persona column',
      'rule 1 wants a persona, no persona column',
    ],
    [{ persona: 'CT0' }, undefined, 'nearest: rule 3 (CTO, Head of IT, …), the persona is "CT0"', 'like rule 3 (CTO)'],
  ])('%j: %s', (lead, lacking, text, short) => {
    expect(nearText(lead, RULES, lacking)).toBe(text);
    expect(nearShort(lead, RULES, lacking)).toBe(short);
  });
});

describe('many leads that no rule matches', () => {
  test('are counted by persona as rules compare it, the most first, and the rest in one line', () => {
    const count = new NoRuleCount();
    for (const lead_score of [10, 55]) count.addLead({ persona: 'VP Sales', lead_score });
    count.addLead({ persona: 'VP Sales' });
    count.addLead({ persona: 'vp sales', lead_score: 20 });
    for (const persona of ['Intern', 'Intern', 'CT0', 'Nurse', 'Pilot', 'Clerk', 'Monk']) count.addLead({ persona });
    count.addLead({});
    const noRule = count.toNoRule(RULES);
    expect(noRule).toMatchObject({ leads: 12, personas: 8 });
    expect(noRule.top).toHaveLength(5);
    expect(noRule.top[0]).toEqual({
      persona: 'VP Sales',
      leads: 4,
      highest_score: 55,
      without_score: 1,
      nearest_rule: 2,
      why: 'rule 2 (VP Sales) wants a score of 60; the highest is 55, 1 without one',
    });
    expect(noRuleLines(noRule)).toEqual([
      '4 VP Sales: rule 2 (VP Sales) wants a score of 60; the highest is 55, 1 without one',
      '2 Intern: no rule is for that persona',
      '1 CT0: nearest: rule 3 (CTO, Head of IT, …)',
      '1 Nurse: no rule is for that persona',
      '1 Pilot: no rule is for that persona',
      '3 leads of 3 other personas',
    ]);
    expect(noRuleLines(new NoRuleCount().toNoRule(RULES))).toEqual([]);
  });

  test('a file without a column says so once for all of them', () => {
    const count = new NoRuleCount();
    for (let n = 0; n < 1000; n++) count.addLead({ persona: 'VP Sales' });
    expect(noRuleLines(count.toNoRule(RULES, LACKS))).toEqual([
      '1,000 VP Sales: rule 2 (VP Sales) wants a score of 60; the file has no score column',
    ]);
  });

  test('memory does not grow with personas that are all different', () => {
    const count = new NoRuleCount();
    for (let n = 0; n < 20_000; n++) count.addLead({ persona: `person ${n}` });
    expect(count.toNoRule(RULES)).toMatchObject({ leads: 20_000, personas: 10_000 });
  });
});
