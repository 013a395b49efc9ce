import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelay } from '../../src/delivery/retry-policy.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the wait after a failure is half fixed, half drawn, doubles from 30 s, and never exceeds six hours', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), random, (attempt, drawn) => {
      const longest = Math.min(6 * 3_600_000, 30_000 * 2 ** (attempt - 1));
      const wait = retryDelay(attempt, drawn);
      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
      expect(retryDelay(attempt + 1, drawn)).toBeGreaterThanOrEqual(wait);
    }),
  );
  expect([1, 2, 3, 10, 11, 12].map((attempt) => retryDelay(attempt, 0))).toEqual([
    15_000, 30_000, 60_000, 7_680_000, 10_800_000, 10_800_000,
  ]);
});
