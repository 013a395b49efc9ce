import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildRuleSet, describeRule, personaKey, type RuleSource } from '../../src/routing/rule.js';

function source(overrides: Partial<RuleSource> = {}): RuleSource {
  return { persona: 'VP Sales', min_score: 80, target_campaign_id: '123456', priority: 100, ...overrides };
}

describe('buildRuleSet', () => {
  it('tries higher priorities first and keeps file order among equals', () => {
    const sources = [5, 10, 5, -1, 10].map((priority) => source({ priority }));
    expect(buildRuleSet(sources).rules.map(({ index }) => index)).toEqual([1, 4, 0, 2, 3]);
  });

  it('trims personas, keeps their spelling and reduces a list with "*" to anyone', () => {
    const { rules } = buildRuleSet([
      source({ persona: '  VP Sales ', line: 7 }),
      source({ persona: [' CRO', 'cmo '] }),
      source({ persona: ['CRO', ' * '] }),
    ]);
    expect(rules.map(({ personas }) => personas)).toEqual([['VP Sales'], ['CRO', 'cmo'], ['*']]);
    expect(rules[0]?.line).toBe(7);
    expect(rules[1]).not.toHaveProperty('line');
  });

  it('takes no rules at all', () => {
    expect(buildRuleSet([]).rules).toEqual([]);
  });

  it('leaves what it was given as it was', () => {
    const sources = [source({ priority: 1 }), source({ priority: 2 })];
    buildRuleSet(sources);
    expect(sources.map(({ priority }) => priority)).toEqual([1, 2]);
  });
});

describe('the hash of a rule set', () => {
  const hash = (...overrides: Partial<RuleSource>[]) => buildRuleSet(overrides.map(source)).hash;

  it('is sixteen hex digits', () => {
    expect(hash({})).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not change with lines, letter case, the order of a list, or the place of rules whose order is the same', () => {
    expect(hash({ line: 3 })).toBe(hash({ line: 9 }));
    expect(hash({ persona: ' vp SALES ' })).toBe(hash({}));
    expect(hash({ persona: ['A', 'b'] })).toBe(hash({ persona: ['B', 'a', 'A'] }));
    expect(hash({ priority: 1 }, { priority: 2 })).toBe(hash({ priority: 2 }, { priority: 1 }));
  });

  it.each<Partial<RuleSource>>([
    { persona: 'CRO' },
    { persona: '*' },
    { min_score: 81 },
    { target_campaign_id: '123457' },
    { priority: 99 },
  ])('changes with %o', (change) => {
    expect(hash(change)).not.toBe(hash({}));
  });

  it('changes with the order of rules of equal priority', () => {
    expect(hash({ min_score: 1 }, { min_score: 2 })).not.toBe(hash({ min_score: 2 }, { min_score: 1 }));
  });
});

describe('personaKey', () => {
  it.each([
    ['vp sales', ' VP SALES\t'],
    ['Geschäftsführer', 'GESCHA\u0308FTSFU\u0308HRER'],
    ['Außendienst', 'AUSSENDIENST'],
    ['satış', 'SATIŞ'],
    ['Διευθυντής', 'ΔΙΕΥΘΥΝΤΉΣ'],
    ['ДИРЕКТОР', 'директор'],
    ['VP Sales', 'VP  Sales'],
    ['VP Sales', 'VP\u00a0Sales\u200b'],
    ['VP Sales', 'VP\r\nSales'],
    ['VP Sales', 'ＶＰ\u3000Ｓａｌｅｓ'],
  ])('makes %j and %j one', (one, other) => {
    expect(personaKey(one)).toBe(personaKey(other));
  });

  it.each([
    ['VP Sales', 'VP of Sales'],
    ['VP Sales', 'VPSales'],
    ['VP Sales', 'VP, Sales'],
    ['VP Sales', 'VP-Sales'],
    ['Directeur', 'Diréctéur'],
  ])('keeps %j and %j apart', (one, other) => {
    expect(personaKey(one)).not.toBe(personaKey(other));
  });

  it('is the same for every letter case and composition of a persona', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aZéÖßñçŞığΣЖ中 -/&'), maxLength: 20 });
    fc.assert(
      fc.property(letters, (persona) => {
        const key = personaKey(persona);
        for (const other of [
          persona.toUpperCase(),
          persona.normalize('NFD'),
          persona.toUpperCase().normalize('NFD'),
          ` ${persona}\n`,
          key,
        ]) {
          expect(personaKey(other)).toBe(key);
        }
      }),
    );
  });
});

describe('describeRule', () => {
  it.each<[Partial<RuleSource>, string]>([
    [{}, 'VP Sales ≥ 80 → 123456 (priority 100)'],
    [{ persona: ['VP Sales', 'CRO'], min_score: 0.5, priority: -1 }, 'VP Sales, CRO ≥ 0.5 → 123456 (priority -1)'],
    [{ persona: '*', min_score: 0, priority: 0 }, '* ≥ 0 → 123456 (priority 0)'],
  ])('%o', (rule, text) => {
    expect(buildRuleSet([source(rule)]).rules.map(describeRule)).toEqual([text]);
  });
});
