import { expect, test } from 'vitest';
import { restAskedFor } from '../../src/smartlead/failures.js';

const NOW = Date.parse('2026-11-23T12:00:00.000Z');

function rest(headers: Record<string, string>): number | undefined {
  return restAskedFor({ kind: 'answer', status: 200, headers, body: '{}' }, NOW);
}

test('headers that say nothing is left make the key rest until the limit starts anew', () => {
  const reset = String(NOW / 1000 + 7);
  expect(rest({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })).toBe(7_000);
  expect(rest({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3' })).toBe(3_000);
});

test('the rest is an hour at most', () => {
  expect(rest({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 90_000) })).toBe(3_600_000);
});

test('without a word about the limit, with some of it left, or with a reset that has passed, nothing rests', () => {
  expect(rest({})).toBeUndefined();
  expect(rest({ 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': '3' })).toBeUndefined();
  expect(rest({ 'x-ratelimit-remaining': '0' })).toBeUndefined();
  expect(rest({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' })).toBeUndefined();
  expect(rest({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 - 1) })).toBeUndefined();
});
