import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../src/clock.js';
import type { Diagnosis } from '../../src/delivery/refusals.js';
import { MAX_ATTEMPTS } from '../../src/delivery/retry-policy.js';
import { type Found, type Place, settleLookUp, settlePush } from '../../src/delivery/settle.js';
import { HOLD_REASONS, STATUSES } from '../../src/lead.js';
import type { Verdict } from '../../src/smartlead/evidence.js';
import type { KeyFailure, PushOutcome } from '../../src/smartlead/failures.js';
import type { StoredLead } from '../../src/store/leads/lead-rows.js';
import type { Claim } from '../../src/store/queue/claim.js';
import type { AttemptSettlement } from '../../src/store/queue/settlement.js';
import { claimOf, context, MESSAGE, NOW, storedLead } from './claim.js';

const someClaim = fc
  .array(
    fc.record({
      hold_reason: fc.constantFrom<StoredLead['hold_reason']>('queued', 'unknown'),
      push_attempts: fc.integer({ min: 0, max: MAX_ATTEMPTS - 1 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .chain((leads) =>
    fc.option(fc.integer({ min: -9, max: 6000 }), { nil: null }).map((group) =>
      claimOf(
        // a lead whose outcome is unknown always has a group
        leads.map((lead, seq) =>
          storedLead(seq, { ...lead, ...(group === null ? { hold_reason: 'queued' } : {}), push_group: group }),
        ),
        { group },
      ),
    ),
  );

const verdict: fc.Arbitrary<Verdict> = fc.constantFrom<Verdict>(
  { kind: 'accepted', evidence: 'id_map', smartleadLeadId: '9' },
  { kind: 'accepted', evidence: 'counters', smartleadLeadId: null },
  { kind: 'refused', message: MESSAGE },
  { kind: 'in_other_campaign' },
  { kind: 'credit_limit' },
  { kind: 'unproven', byPushing: true },
  { kind: 'unproven', byPushing: false },
);
const keyFailure: fc.Arbitrary<KeyFailure> = fc.constantFrom<KeyFailure>(
  { kind: 'auth', message: MESSAGE },
  { kind: 'cdn_block', message: MESSAGE },
  { kind: 'redirect', message: MESSAGE },
  { kind: 'rate_limited', waitMs: 5000, message: MESSAGE },
  { kind: 'not_sent', message: MESSAGE },
  { kind: 'unknown', message: MESSAGE },
);

const outcomeFor = (claim: Claim): fc.Arbitrary<PushOutcome> => {
  const { length } = claim.leads;
  return fc.oneof(
    keyFailure,
    fc.constantFrom<PushOutcome>(
      { kind: 'no_lead_ids', message: MESSAGE },
      { kind: 'campaign_not_found', message: MESSAGE },
      { kind: 'conflict', message: MESSAGE },
    ),
    fc
      .uniqueArray(fc.nat(length - 1), { maxLength: length })
      .map((named): PushOutcome => ({ kind: 'poisoned', named, message: MESSAGE })),
    fc.tuple(fc.array(verdict, { minLength: length, maxLength: length }), fc.boolean()).map(
      ([verdicts, creditsGone]): PushOutcome => ({
        kind: 'evidence',
        evidence: { verdicts, creditsGone, counters: {} },
      }),
    ),
  );
};
const diagnosis = fc.constantFrom<Diagnosis>({ kind: 'leads' }, { kind: 'in_doubt' }, { kind: 'request', before: [] });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** What holds of every settlement, whatever was answered. */
function expectSound(claim: Claim, { leads }: AttemptSettlement): void {
  expect(leads.map(({ seq }) => seq).sort()).toEqual(claim.leads.map(({ seq }) => seq).sort());
  for (const settled of leads) {
    const before = claim.leads.find(({ seq }) => seq === settled.seq);
    const { state } = settled;
    expect(STATUSES).toContain(state.status);
    expect(state.hold_reason === null).toBe(state.status === 'ACTIVE');
    if (state.hold_reason !== null) expect(HOLD_REASONS).toContain(state.hold_reason);
    expect(settled.evidence !== undefined).toBe(state.status === 'ACTIVE');
    expect(settled.audit.action === 'pushed_to_smartlead').toBe(state.status === 'ACTIVE');
    expect([0, 1]).toContain(state.push_attempts - (before?.push_attempts ?? 0));
    expect(state.push_attempts).toBeLessThanOrEqual(MAX_ATTEMPTS);
    if (state.hold_reason === 'gave_up') expect(state.push_attempts).toBe(MAX_ATTEMPTS);
    else if (state.status === 'HELD') expect(state.push_attempts).toBeLessThan(MAX_ATTEMPTS);
    if (state.next_attempt_at !== null) expect(state.next_attempt_at >= isoTime(NOW)).toBe(true);
    const goesOn = ['queued', 'unknown', 'push_failed', 'credit_limit'].includes(state.hold_reason ?? '');
    expect(state.next_attempt_at !== null).toBe(goesOn);
    if (state.hold_reason === 'unknown') expect(state.push_group).not.toBeNull();
    if (state.push_step !== 'push') expect(state.hold_reason).toBe('unknown');
  }
}

test('every lead of a claim gets one sound next state from any answer', () => {
  const cases = someClaim.chain((claim) => fc.tuple(fc.constant(claim), outcomeFor(claim), diagnosis, random));
  fc.assert(
    fc.property(cases, ([claim, outcome, what, drawn]) => {
      const settlement = settlePush(claim, outcome, what, context({ random: drawn }));
      expectSound(claim, settlement);
      const uses = settlement.leads.filter(
        ({ seq, state }) => state.push_attempts > (claim.leads.find((lead) => lead.seq === seq)?.push_attempts ?? 0),
      );
      const free = [
        'auth',
        'cdn_block',
        'redirect',
        'rate_limited',
        'not_sent',
        'no_lead_ids',
        'campaign_not_found',
        'conflict',
      ];
      if (free.includes(outcome.kind)) expect(uses).toEqual([]);
      if (outcome.kind === 'poisoned' && what.kind !== 'request') expect(uses).toEqual([]);
      if (outcome.kind === 'unknown') expect(uses).toHaveLength(claim.leads.length);
      // what may have arrived before is not said to be missing because this request was turned away
      if (free.includes(outcome.kind) || (outcome.kind === 'poisoned' && claim.leads.length > 1)) {
        for (const [index, lead] of claim.leads.entries()) {
          const { state } = settlement.leads[index] ?? {};
          if (lead.hold_reason === 'unknown') expect(['unknown', 'gave_up']).toContain(state?.hold_reason);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('splitting gets smaller: no group of a refused batch is as large as the batch, and a lone lead is refused', () => {
  const cases = someClaim.chain((claim) =>
    fc.tuple(
      fc.constant(claim),
      fc.uniqueArray(fc.nat(claim.leads.length - 1)),
      fc.constantFrom<Diagnosis>({ kind: 'leads' }, { kind: 'in_doubt' }),
      random,
    ),
  );
  fc.assert(
    fc.property(cases, ([claim, named, what, drawn]) => {
      const { leads } = settlePush(
        claim,
        { kind: 'poisoned', named, message: MESSAGE },
        what,
        context({ random: drawn }),
      );
      if (claim.leads.length === 1) {
        expect(leads[0]?.state.hold_reason).toBe('refused');
        return;
      }
      const sizes = new Map<number | null, number>();
      for (const { state } of leads) sizes.set(state.push_group, (sizes.get(state.push_group) ?? 0) + 1);
      expect(sizes.has(null)).toBe(false);
      expect(Math.max(...sizes.values())).toBeLessThan(claim.leads.length);
    }),
  );
});

test('every lead of a look-up gets one sound next state, and one that was not asked about keeps its attempts', () => {
  const place = fc.constantFrom<Place | undefined>(
    { present: true, evidence: 'roster', smartleadLeadId: '9' },
    { present: true, evidence: 'look_up', smartleadLeadId: null },
    { present: false },
    undefined,
  );
  const cases = someClaim.chain((claim) =>
    fc.tuple(
      fc.constant({
        ...claim,
        step: 'look_up' as const,
        leads: claim.leads.map((lead) => ({
          ...lead,
          hold_reason: 'unknown' as const,
          push_step: 'look_up' as const,
          push_group: 7002,
        })),
      }),
      fc.array(place, { minLength: claim.leads.length, maxLength: claim.leads.length }),
      fc.option(keyFailure, { nil: undefined }),
    ),
  );
  fc.assert(
    fc.property(cases, ([claim, places, reason]) => {
      const known = claim.leads.flatMap(({ email }, index): Array<[string, Place]> => {
        const found = places[index];
        return found ? [[email, found]] : [];
      });
      const open = claim.leads.filter((_, index) => !places[index]);
      const asked = new Set(open.slice(0, 1).map(({ email }) => email));
      const found: Found = {
        leads: new Map(known),
        answered: known.length > 0,
        brokenOff: false,
        ...(reason ? { failure: { reason, asked } } : {}),
      };
      const settlement = settleLookUp(claim, found, context({ httpStatus: null }));
      expectSound(claim, settlement);
      for (const [index, { state }] of settlement.leads.entries()) {
        const before = claim.leads[index];
        const was = places[index];
        if (was?.present) expect(state.status).toBe('ACTIVE');
        else if (was) expect(['push_failed', 'gave_up']).toContain(state.hold_reason);
        else if (reason?.kind === 'unknown' && asked.has(before?.email ?? ''))
          expect(state.push_attempts).toBe((before?.push_attempts ?? 0) + 1);
        else
          expect(state).toMatchObject({
            hold_reason: 'unknown',
            push_step: 'look_up',
            push_attempts: before?.push_attempts,
            next_attempt_at: isoTime(NOW),
          });
      }
    }),
    { numRuns: 500 },
  );
});
