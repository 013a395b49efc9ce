import { expect, test } from 'vitest';
import { HOLD_REASONS } from '../../src/lead.js';
import { counted, didYouMean, nearest, number } from '../../src/text/wording.js';

const KEYS = ['organization', 'database', 'smartlead', 'health', 'fields', 'custom_fields', 'rules', 'tests', 'clay'];

test.each([
  ['rulse', KEYS, 'rules'],
  ['rlues', KEYS, 'rules'],
  ['tetss', KEYS, 'tests'],
  ['org', KEYS, 'organization'],
  ['emial', ['email', 'persona', 'title'], 'email'],
  ['fields', KEYS, 'fields'],
  ['customfields', KEYS, 'custom_fields'],
  ['minScore', ['min_score', 'persona'], 'min_score'],
  ['unknwon', HOLD_REASONS, 'unknown'],
  ['in_ohter_campagin', HOLD_REASONS, 'in_other_campaign'],
  ['failed', HOLD_REASONS, 'push_failed'],
])('%s probably means %s', (word, known, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test.each(['', '--', 'bored', 'xy', 'or', 'r'.repeat(100)])('nothing is near "%s"', (word) => {
  expect(didYouMean(word, KEYS)).toBe('');
});

test('two neighbours swapped are nearer than two letters that are wrong', () => {
  expect(nearest('ab', ['bx', 'ba'])).toBe('ba');
  expect(nearest('tset', ['sett', 'test'])).toBe('test');
});

test('a number goes with its noun', () => {
  expect([0, 1, 2, 1200].map((n) => counted(n, 'lead'))).toEqual(['0 leads', '1 lead', '2 leads', '1,200 leads']);
  expect(counted(2, 'address', 'addresses')).toBe('2 addresses');
});

test('a number is written the same, whether or not it is small enough to do without Intl', () => {
  for (const n of [0, 1, 12.5, 999, 1000, 999.9994, 999.9996, -999, -1000, 1234567]) {
    expect(number(n)).toBe(n.toLocaleString('en'));
  }
});
