import { describe, expect, it } from 'vitest';
import { buildRuleSet } from '../../src/routing/rule.js';
import { readRows } from '../../src/story/audit-details.js';
import { explainOld, readRuleSet, routedAt } from '../../src/story/old-decisions.js';

const rows = (...details: unknown[]) =>
  readRows(details.map((one, n) => ({ id: n, trigger: 'ingest', action: 'assigned', created_at: '', details: one })));

describe('routedAt', () => {
  it('walks from what the lead is now back through the arrivals that changed it', () => {
    const entries = rows({}, { before: { persona: 'CTO' } }, {}, { before: { persona: 'CEO', lead_score: 40 } });
    expect(routedAt({ persona: 'CFO', lead_score: 90 }, entries)).toEqual([
      { persona: 'CTO', lead_score: 40 },
      { persona: 'CEO', lead_score: 40 },
      { persona: 'CEO', lead_score: 40 },
      { persona: 'CFO', lead_score: 90 },
    ]);
  });

  it('knows that a lead had none before', () => {
    const entries = rows({}, { before: { persona: null, lead_score: null } });
    expect(routedAt({ persona: 'CFO', lead_score: 90 }, entries)).toEqual([{}, { persona: 'CFO', lead_score: 90 }]);
  });

  it('takes details of another shape for missing', () => {
    expect(routedAt({ persona: 'CFO' }, rows({}, { before: 'what' }, null, { before: { persona: 7 } }))).toEqual(
      Array.from({ length: 4 }, () => ({ persona: 'CFO' })),
    );
  });
});

describe('explainOld', () => {
  const rule = (persona: string, min_score: number, target_campaign_id: string) => {
    return { persona, min_score, target_campaign_id, priority: 0 };
  };
  const set = buildRuleSet([rule('VP Sales', 80, '1'), rule('VP Sales', 60, '2'), rule('CTO', 0, '3')]);
  const kept = readRuleSet(set.hash, JSON.parse(JSON.stringify(set.rules)));
  const [details] = rows({ health: 'GREEN', score: 100, rules: set.hash, rule: 1, campaign: '2' }).map(
    (r) => r.details,
  );
  if (!details) throw new Error('no details');

  it('tells each rule of that time that was tried, and why it did not match', () => {
    const story = explainOld(details, kept, { persona: 'vp sales', lead_score: 65 });
    expect(story.tried).toEqual([
      {
        rule: 'VP Sales ≥ 80 → 1 (priority 0)',
        matched: false,
        miss: 'score',
        why: 'needs a score of 80, the lead has 65',
      },
      { rule: 'VP Sales ≥ 60 → 2 (priority 0)', matched: true, miss: null, why: null },
    ]);
    expect(story).toMatchObject({ campaign: '2', not_told: null, persona: 'vp sales', lead_score: 65 });
  });

  it('tells only what was written down where the persona of that time would have been routed otherwise', () => {
    const story = explainOld(details, kept, { persona: 'CTO' });
    expect(story.tried).toEqual([{ rule: 'VP Sales ≥ 60 → 2 (priority 0)', matched: true, miss: null, why: null }]);
    expect(story.not_told).toMatch(/not known/);
  });

  it('says so where the rules of that time are not there, or not readable', () => {
    expect(explainOld(details, undefined, {}).not_told).toMatch(/not kept/);
    expect(readRuleSet('x', [{ personas: 'CTO' }])).toBeUndefined();
  });

  it('explains signals by name, also one that this version does not know', () => {
    const [blocked] = rows({ health: 'RED', score: 0, signals: [{ name: 'aura', penalty: 100 }] });
    expect(blocked && explainOld(blocked.details, undefined, {})).toMatchObject({
      signals: [{ name: 'aura', penalty: 100, text: 'The signal "aura" is not one that this version knows.' }],
      tried: [],
      not_told: null,
    });
  });
});
