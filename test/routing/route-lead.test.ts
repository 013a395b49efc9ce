import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainMiss, findRule, routeLead } from '../../src/routing/route-lead.js';
import { buildRuleSet, type RuleSource } from '../../src/routing/rule.js';

const RULES: RuleSource[] = [
  { persona: 'VP Sales', min_score: 80, target_campaign_id: '123456', priority: 100 },
  { persona: 'VP Sales', min_score: 60, target_campaign_id: '123457', priority: 90 },
  { persona: 'Marketing Manager', min_score: 70, target_campaign_id: '123458', priority: 80 },
];

function lead(persona: string | undefined, score: number | undefined) {
  return {
    ...(persona === undefined ? {} : { persona }),
    ...(score === undefined ? {} : { lead_score: score }),
  };
}

function rule(persona: string | string[], min_score: number, target_campaign_id: string, priority = 0): RuleSource {
  return { persona, min_score, target_campaign_id, priority };
}

describe('routeLead', () => {
  it.each([
    ['vp sales', 85, '123456'],
    ['VP SALES', 80, '123456'],
    ['VP Sales', 79.999, '123457'],
    ['VP Sales', 79, '123457'],
    [' vp sales ', 60, '123457'],
    ['VP Sales', 59, undefined],
    ['Marketing Manager', 75, '123458'],
    ['Marketing Manager', 70, '123458'],
    ['Marketing Manager', 69, undefined],
    ['CTO', 99, undefined],
    ['VP  Sales', 99, '123456'],
    ['VP\nSales\u200b', 99, '123456'],
    ['VP, Sales', 99, undefined],
    ['VP Sales EMEA', 99, undefined],
  ])('sends %j with %d to %s, wherever the rules stand in the file', (persona, score, campaignId) => {
    for (const rules of [RULES, [...RULES].reverse()]) {
      const set = buildRuleSet(rules);
      expect(routeLead(lead(persona, score), set).campaignId).toBe(campaignId);
      expect(findRule(lead(persona, score), set)?.campaignId).toBe(campaignId);
    }
  });

  it('lets a rule that was moved to a higher priority win', () => {
    const set = buildRuleSet([...RULES, rule('VP Sales', 0, '9', 101)]);
    expect(routeLead(lead('VP Sales', 85), set).campaignId).toBe('9');
  });

  it('lets the first of two rules of equal priority win', () => {
    const set = buildRuleSet([rule('CTO', 0, 'first'), rule('CTO', 0, 'second')]);
    expect(routeLead(lead('CTO', 1), set).campaignId).toBe('first');
  });

  it('matches any persona of a list', () => {
    const set = buildRuleSet([rule(['CEO', 'Founder'], 0, '1')]);
    expect(['ceo', 'FOUNDER', 'CFO'].map((persona) => findRule(lead(persona, 1), set)?.campaignId)).toEqual([
      '1',
      '1',
      undefined,
    ]);
  });

  it.each([undefined, '', '  '])('routes a lead whose persona is %j by "*" rules only', (persona) => {
    const set = buildRuleSet([...RULES, rule('', 0, 'empty', 50), rule('*', 0, 'anyone')]);
    const route = routeLead(lead(persona, 99), set);
    expect(route.campaignId).toBe('anyone');
    expect(route.missed.map(({ why }) => why)).toEqual(['no_persona', 'no_persona', 'no_persona', 'no_persona']);
    expect(findRule(lead(persona, 99), set)).toBe(route.matched);
  });

  it('counts a missing score as 0', () => {
    const set = buildRuleSet([rule('CTO', 1, 'one', 2), rule('CTO', 0, 'zero', 1)]);
    expect(routeLead(lead('CTO', undefined), set).campaignId).toBe('zero');
    expect(routeLead(lead('CTO', undefined), buildRuleSet([rule('CTO', 1, 'one')])).campaignId).toBeUndefined();
  });

  it('says why each earlier rule did not match, and only those', () => {
    const set = buildRuleSet([...RULES, rule('*', 0, 'rest')]);
    expect(routeLead(lead('VP Sales', 70), set)).toEqual({
      campaignId: '123457',
      matched: set.rules[1],
      missed: [{ rule: set.rules[0], why: 'score' }],
    });
    expect(routeLead(lead('Marketing Manager', 69), set).missed.map(({ why }) => why)).toEqual([
      'persona',
      'persona',
      'score',
    ]);
  });

  it('decides as findRule does, for any rules and any lead', () => {
    const persona = fc.constantFrom('A', 'a', ' B', 'b', 'C', 'É', 'e\u0301', '*', '', 'constructor', '__proto__');
    const rules = fc.array(
      fc.record({
        persona: fc.oneof(persona, fc.array(persona, { minLength: 1, maxLength: 3 })),
        min_score: fc.integer({ min: -2, max: 5 }),
        target_campaign_id: fc.constantFrom('1', '2', '3'),
        priority: fc.integer({ min: 0, max: 2 }),
      }),
      { maxLength: 8 },
    );
    const leads = fc.array(
      fc.tuple(fc.option(persona, { nil: undefined }), fc.option(fc.integer({ min: -3, max: 6 }), { nil: undefined })),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(rules, leads, (sources, people) => {
        const set = buildRuleSet(sources);
        for (const [who, score] of people) {
          const route = routeLead(lead(who, score), set);
          expect(findRule(lead(who, score), set)).toBe(route.matched);
          expect(route.campaignId).toBe(route.matched?.campaignId);
          expect(route.missed.map((miss) => miss.rule)).toEqual(
            set.rules.slice(0, route.matched ? set.rules.indexOf(route.matched) : undefined),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('explainMiss', () => {
  const set = buildRuleSet([rule(['VP Sales', 'CRO'], 80, '1')]);
  it.each([
    ['VP Sales', 79, 'needs a score of 80, the lead has 79'],
    ['CRO', undefined, 'needs a score of 80, the lead has none, which counts as 0'],
    [' CTO ', 99, 'is for VP Sales or CRO, the lead is "CTO"'],
    [undefined, 99, 'is for VP Sales or CRO, the lead has no persona'],
  ])('%j with %j', (persona, score, sentence) => {
    const who = lead(persona, score);
    expect(routeLead(who, set).missed.map((miss) => explainMiss(miss, who))).toEqual([sentence]);
  });
});
