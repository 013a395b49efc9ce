import { describe, expect, test } from 'vitest';
import { settleLookUp, settlePush } from '../../src/delivery/settle.js';
import type { Verdict } from '../../src/smartlead/evidence.js';
import type { PushOutcome } from '../../src/smartlead/failures.js';
import { claimOf, context, MESSAGE, storedLead } from './claim.js';

describe('what an answer stops and lifts', () => {
  const settle = (outcome: PushOutcome) => settlePush(claimOf([storedLead(1)]), outcome, { kind: 'leads' }, context());
  const evidence = (kind: Verdict, creditsGone = false): PushOutcome => ({
    kind: 'evidence',
    evidence: { verdicts: [kind], creditsGone, counters: {} },
  });
  const accepted: Verdict = { kind: 'accepted', evidence: 'id_map', smartleadLeadId: null };

  test.each([
    [
      { kind: 'auth', message: MESSAGE },
      { campaignId: '', reason: 'auth', forMs: null },
    ],
    [
      { kind: 'cdn_block', message: MESSAGE },
      { campaignId: '', reason: 'cdn_block', forMs: null },
    ],
    [
      { kind: 'redirect', message: MESSAGE },
      { campaignId: '', reason: 'redirect', forMs: null },
    ],
    [
      { kind: 'campaign_not_found', message: MESSAGE },
      { campaignId: '1', reason: 'campaign_not_found', forMs: null },
    ],
    [
      { kind: 'rate_limited', message: MESSAGE, waitMs: 5000 },
      { campaignId: '', reason: 'rate_limit', forMs: 5000 },
    ],
    [evidence({ kind: 'credit_limit' }, true), { campaignId: '', reason: 'credit_limit', forMs: 3_600_000 }],
  ] as const)('%j', (outcome, stop) => {
    expect(settle(outcome).stop).toMatchObject(stop);
  });

  test.each([
    [{ kind: 'not_sent', message: MESSAGE }],
    [{ kind: 'unknown', message: MESSAGE }],
    [{ kind: 'poisoned', named: [], message: MESSAGE }],
    [{ kind: 'conflict', message: MESSAGE }],
    [evidence(accepted)],
  ] satisfies PushOutcome[][])('%j stops nothing by itself', (outcome: PushOutcome) => {
    expect(settle(outcome)).not.toHaveProperty('stop');
  });

  test('only a success shows that there are credits again; any answer shows that the key and the way are good', () => {
    expect(settle(evidence(accepted)).lift).toContain('credit_limit');
    expect(settle(evidence(accepted, true)).lift).not.toContain('credit_limit');
    expect(settle(evidence({ kind: 'refused', message: '' })).lift).toEqual([
      'auth',
      'cdn_block',
      'redirect',
      'unreachable',
    ]);
    for (const kind of ['auth', 'cdn_block', 'redirect', 'not_sent', 'unknown'] as const) {
      expect(settle({ kind, message: MESSAGE }).lift).toEqual([]);
    }
  });
});

test('a look-up that was answered shows that the key and the way are good, one that was not shows nothing', () => {
  const claim = claimOf([storedLead(1, { hold_reason: 'unknown', push_group: 7002, push_step: 'look_up' })], {
    step: 'look_up',
  });
  const lifted = (answered: boolean) =>
    settleLookUp(claim, { leads: new Map(), answered, brokenOff: false }, context()).lift;
  expect(lifted(true)).toEqual(['auth', 'cdn_block', 'redirect', 'unreachable']);
  expect(lifted(false)).toEqual([]);
});

describe('waiting after a failure', () => {
  test('a batch comes back as a batch: leads with as many attempts are due at one time', () => {
    const claim = claimOf([storedLead(1), storedLead(2), storedLead(3)]);
    const { leads } = settlePush(
      claim,
      { kind: 'unknown', message: MESSAGE },
      { kind: 'leads' },
      context({ random: 0.3 }),
    );
    expect(new Set(leads.map(({ state }) => `${state.next_attempt_at} ${state.push_group}`)).size).toBe(1);
  });

  test('the twelfth attempt is the last', () => {
    const claim = claimOf([storedLead(1, { push_attempts: 10 }), storedLead(2, { push_attempts: 11 })]);
    const { leads } = settlePush(claim, { kind: 'unknown', message: MESSAGE }, { kind: 'leads' }, context());
    expect(leads.map(({ state }) => [state.hold_reason, state.push_attempts, state.next_attempt_at === null])).toEqual([
      ['unknown', 11, false],
      ['gave_up', 12, true],
    ]);
  });
});
