import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintRules } from '../../src/routing/lint-rules.js';
import { findRule } from '../../src/routing/route-lead.js';
import { buildRuleSet, type RuleSource } from '../../src/routing/rule.js';

/** persona, minimum, campaign, priority */
type Short = [persona: string | string[], min: number, campaign: string, priority: number];

function lint(...rules: Short[]) {
  return lintRules(
    buildRuleSet(
      rules.map(([persona, min_score, target_campaign_id, priority], at) => ({
        persona,
        min_score,
        target_campaign_id,
        priority,
        line: at + 1,
      })),
    ),
  );
}

function messages(kind: string, ...rules: Short[]): string[] {
  return lint(...rules).flatMap((finding) => (finding.kind === kind ? [finding.message] : []));
}

/** Small enough worlds that every lead in them can be tried. */
const RULES = fc.array(
  fc.record({
    persona: fc.uniqueArray(fc.constantFrom('A', 'B', 'C', '*'), { minLength: 1, maxLength: 3 }),
    min_score: fc.integer({ min: 0, max: 4 }),
    target_campaign_id: fc.constantFrom('1', '2'),
    priority: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 7 },
);
const LEADS = ['A', 'B', 'C', 'nobody'].flatMap((persona) =>
  [0, 1, 2, 3, 4, 5].map((lead_score) => ({ persona, lead_score })),
);

describe('unreachable rules', () => {
  it('finds a rule that an earlier one makes useless, and names both with their lines', () => {
    const [finding] = lint(['VP Sales', 60, '1', 9], ['vp sales', 80, '2', 5]);
    expect(finding).toMatchObject({ kind: 'unreachable', rule: { index: 1 }, other: { index: 0 } });
    expect(finding?.message).toBe(
      'vp sales ≥ 80 → 2 (priority 5) on line 2 can never match: VP Sales ≥ 60 → 1 (priority 9) on line 1 is tried first and takes everyone it could take',
    );
  });

  it('leaves lines out where they are not known', () => {
    const source: RuleSource = { persona: 'A', min_score: 0, target_campaign_id: '1', priority: 0 };
    expect(lintRules(buildRuleSet([source, source]))[0]?.message).toContain('A ≥ 0 → 1 (priority 0) can never match');
  });

  it.each<[string, Short[]]>([
    [
      'an equal minimum',
      [
        ['A', 80, '1', 9],
        ['A', 80, '2', 5],
      ],
    ],
    [
      'anyone before a name',
      [
        ['*', 0, '1', 9],
        ['A', 80, '2', 5],
      ],
    ],
    [
      'anyone before anyone',
      [
        ['*', 50, '1', 9],
        ['*', 50, '2', 5],
      ],
    ],
    [
      'a wider list',
      [
        ['B', 90, '0', 99],
        [['A', 'B', 'C'], 0, '1', 9],
        [['C', 'a'], 80, '2', 5],
      ],
    ],
  ])('finds it with %s', (_name, rules) => {
    expect(messages('unreachable', ...rules)).toHaveLength(1);
  });

  it('finds a rule that several together make useless', () => {
    const [message] = messages('unreachable', ['A', 0, '1', 9], ['B', 0, '1', 8], [['A', 'B'], 10, '2', 7]);
    expect(message).toContain('A ≥ 0 → 1 (priority 9) on line 1 and B ≥ 0 → 1 (priority 8) on line 2 are tried first');
  });

  it.each<[string, Short[]]>([
    [
      'the minimum falls',
      [
        ['A', 80, '1', 9],
        ['A', 79, '2', 5],
      ],
    ],
    [
      'the personas differ',
      [
        ['A', 0, '1', 9],
        ['B', 80, '2', 5],
      ],
    ],
    [
      'one persona of the list is left',
      [
        ['A', 0, '1', 9],
        [['A', 'B'], 80, '2', 5],
      ],
    ],
    [
      'anyone comes after every name',
      [
        ['A', 0, '1', 9],
        ['*', 80, '2', 5],
      ],
    ],
    [
      'the wider rule is tried later',
      [
        ['*', 0, '1', 1],
        ['A', 80, '2', 5],
      ],
    ],
  ])('finds nothing where %s', (_name, rules) => {
    expect(messages('unreachable', ...rules)).toEqual([]);
  });

  it('says so of exactly the rules that no lead reaches', () => {
    fc.assert(
      fc.property(RULES, (sources) => {
        const set = buildRuleSet(sources);
        const reached = new Set(LEADS.map((lead) => findRule(lead, set)));
        const dead = lintRules(set).filter(({ kind }) => kind === 'unreachable');
        expect(dead.map(({ rule }) => rule)).toEqual(set.rules.filter((rule) => !reached.has(rule)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('ties', () => {
  it('finds equal priorities that can match the same lead', () => {
    const [finding] = lint(['A', 80, '1', 5], ['A', 0, '2', 5]);
    expect(finding).toMatchObject({ kind: 'tie', rule: { index: 1 }, other: { index: 0 } });
    expect(finding?.message).toBe(
      'A ≥ 80 → 1 (priority 5) on line 1 and A ≥ 0 → 2 (priority 5) on line 2 can match the same lead at equal priority: the order in the file decides, so the first one wins; different priorities would say so',
    );
  });

  it('says one thing per rule, however many it is tied with', () => {
    const found = messages('tie', ['A', 9, '1', 0], ['B', 9, '2', 0], ['*', 0, '3', 0]);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('(and 1 more like it)');
  });

  it.each<[string, Short[]]>([
    [
      'the priorities differ',
      [
        ['A', 80, '1', 6],
        ['A', 0, '2', 5],
      ],
    ],
    [
      'the campaign is the same',
      [
        ['A', 80, '1', 5],
        ['A', 0, '1', 5],
      ],
    ],
    [
      'no lead fits both',
      [
        ['A', 80, '1', 5],
        ['B', 0, '2', 5],
      ],
    ],
    [
      'the later one is unreachable and reported as such',
      [
        ['A', 0, '1', 5],
        ['A', 80, '2', 5],
      ],
    ],
    [
      'an earlier rule leaves one only its other persona',
      [
        ['A', 80, '0', 9],
        [['A', 'B'], 80, '1', 5],
        ['A', 0, '2', 5],
      ],
    ],
    [
      'an earlier rule takes all that fits both',
      [
        ['A', 70, '0', 9],
        ['A', 80, '1', 5],
        ['A', 0, '2', 5],
      ],
    ],
  ])('finds none where %s', (_name, rules) => {
    expect(messages('tie', ...rules)).toEqual([]);
  });

  it('still finds one where an earlier rule takes only a part of what fits both', () => {
    expect(messages('tie', ['A', 90, '0', 9], ['A', 80, '1', 5], ['A', 0, '2', 5])).toHaveLength(1);
  });

  it('is silent only where the order in the file decides nothing', () => {
    fc.assert(
      fc.property(RULES, (sources) => {
        const set = buildRuleSet(sources);
        fc.pre(!lintRules(set).some(({ kind }) => kind !== 'gap'));
        const reversed = buildRuleSet([...sources].reverse());
        for (const lead of LEADS) expect(findRule(lead, reversed)?.campaignId).toBe(findRule(lead, set)?.campaignId);
      }),
      { numRuns: 500, maxSkipsPerRun: 200 },
    );
  });
});

describe('gaps', () => {
  it('names the persona, the score and the rule with the lowest minimum', () => {
    const [finding] = lint(['VP Sales', 80, '1', 9], ['VP Sales', 60, '2', 5]);
    expect(finding).toMatchObject({
      kind: 'gap',
      rule: { index: 1 },
      message: 'VP Sales below 60 stays in the holding pool',
    });
  });

  it.each<[string, Short[], string[]]>([
    ['a list', [[['A', 'B'], 60, '1', 1]], ['A, B below 60 stay in the holding pool']],
    [
      'one persona of a list',
      [
        [['A', 'B'], 60, '1', 1],
        ['a', 0, '2', 0],
      ],
      ['B below 60 stays in the holding pool'],
    ],
    ['no gap at 0', [['A', 0, '1', 1]], []],
    ['no gap below 0', [['A', -5, '1', 1]], []],
    [
      '"*" catches all',
      [
        ['A', 60, '1', 1],
        ['*', 0, '2', 0],
      ],
      [],
    ],
    [
      '"*" catches some',
      [
        ['A', 60, '1', 1],
        ['*', 40, '2', 0],
      ],
      ['anyone below 40 stays in the holding pool'],
    ],
    [
      '"*" is stricter than a name',
      [
        ['A', 20, '1', 1],
        ['*', 40, '2', 0],
      ],
      ['anyone else below 40 stays in the holding pool', 'A below 20 stays in the holding pool'],
    ],
  ])('%s', (_name, rules, expected) => {
    expect(messages('gap', ...rules)).toEqual(expected);
  });
});

it('finds nothing in sensible rules', () => {
  expect(lint(['VP Sales', 80, '1', 9], ['VP Sales', 0, '2', 8], ['*', 0, '3', 0])).toEqual([]);
  expect(lint()).toEqual([]);
  expect(lint(['', 50, '1', 0])).toEqual([]);
});

describe('personas that look like a list', () => {
  it.each([
    ['VP Sales, Head of Sales', '["VP Sales", "Head of Sales"]'],
    ['CTO;CIO', '["CTO", "CIO"]'],
  ])('%s: the list that is probably meant', (persona, list) => {
    const [message] = messages('list', [['CEO', persona], 0, '1', 9]);
    expect(message).toContain(`${JSON.stringify(persona)}; if several are meant, write a list: ${list}`);
  });

  it('says nothing of a list', () => {
    expect(messages('list', [['VP Sales', 'Head of Sales'], 0, '1', 9])).toEqual([]);
  });
});
