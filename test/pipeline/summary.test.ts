import { expect, test } from 'vitest';
import { countOutcomes, exitCodeOf, sumOf } from '../../src/pipeline/summary.js';

const counts = countOutcomes(
  [
    {
      status: 'ACTIVE',
      hold_reason: null,
      already_active: 0,
      assigned_campaign_id: '1',
      health_classification: 'GREEN',
      n: 5,
    },
    {
      status: 'ACTIVE',
      hold_reason: null,
      already_active: 1,
      assigned_campaign_id: '1',
      health_classification: 'GREEN',
      n: 4,
    },
    {
      status: 'HELD',
      hold_reason: 'refused',
      already_active: 0,
      assigned_campaign_id: '2',
      health_classification: 'GREEN',
      n: 3,
    },
    {
      status: 'HELD',
      hold_reason: 'no_route',
      already_active: 0,
      assigned_campaign_id: null,
      health_classification: 'GREEN',
      n: 2,
    },
    {
      status: 'BLOCKED',
      hold_reason: null,
      already_active: 0,
      assigned_campaign_id: '1',
      health_classification: 'RED',
      n: 1,
    },
  ],
  { duplicate: 7, rejected: 0, erased: 0, illFormedAgain: 0 },
);
const NOTHING = { signal: undefined, keyRefused: false, unreachable: false, brokenInput: false };
const CLEAN = countOutcomes([], { duplicate: 1, rejected: 0, erased: 0, illFormedAgain: 0 });

test('each lead counts once, and the holding pool is no hold reason', () => {
  expect(counts.outcomes).toEqual({
    active: 5,
    already_active: 4,
    held: 3,
    unassigned: 2,
    blocked: 1,
    duplicate: 7,
    rejected: 0,
  });
  expect(sumOf(counts.outcomes)).toBe(22);
  expect(counts.held_reasons).toEqual({ refused: 3 });
  expect(counts.campaigns).toEqual({ 1: { active: 9, held: 0 }, 2: { active: 0, held: 3 } });
});

test.each([
  ['a signal', { signal: 'SIGTERM', keyRefused: true, unreachable: true, brokenInput: true }, 143],
  ['a refused key', { keyRefused: true, unreachable: true, brokenInput: true }, 4],
  ['Smartlead not to be had', { unreachable: true, brokenInput: true }, 5],
  ['a lead that needs attention', {}, 3],
] as const)('of several exit codes that apply, %s comes before those below it', (_what, end, code) => {
  expect(exitCodeOf(counts, { ...NOTHING, ...end })).toBe(code);
});

test('blocks, duplicates and the holding pool are normal; a broken input and a rejected row are not', () => {
  expect(exitCodeOf(CLEAN, NOTHING)).toBe(0);
  expect(exitCodeOf(CLEAN, { ...NOTHING, brokenInput: true })).toBe(3);
  expect(exitCodeOf(countOutcomes([], { duplicate: 0, rejected: 1, erased: 0, illFormedAgain: 0 }), NOTHING)).toBe(3);
});
