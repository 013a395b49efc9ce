import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestsNeeded, timeToSend } from '../../src/stats/queue-time.js';

const TEN_IN_2S = [{ requests: 10, perMs: 2000 }];

test('each campaign needs requests of its own, the last of which may be part full', () => {
  expect(requestsNeeded([], 100)).toBe(0);
  expect(requestsNeeded([0, 1, 100, 101, 250], 100)).toBe(0 + 1 + 1 + 2 + 3);
  expect(requestsNeeded([250], 400)).toBe(1);
});

test.each([
  ['nothing to send', 0, TEN_IN_2S, [], 0, 0],
  ['one window full', 10, TEN_IN_2S, [], 0, 0],
  ['one more than fits', 11, TEN_IN_2S, [], 0, 2000],
  ['three windows full', 30, TEN_IN_2S, [], 0, 4000],
  ['what the window holds already counts', 10, TEN_IN_2S, [1500], 0, 500],
  ['the oldest makes room first', 9, TEN_IN_2S, [1900, 500, 0], 0, 1500],
  ['what has left the window does not', 10, TEN_IN_2S, [2000, 2500], 0, 0],
  ['more held than one window allows, after the limit was lowered', 1, TEN_IN_2S, Array<number>(12).fill(500), 0, 1500],
  ['a pause delays all', 11, TEN_IN_2S, [], 60_000, 62_000],
  ['a pause outlasts what is held', 10, TEN_IN_2S, [100], 60_000, 60_000],
] as const)('%s', (_title, requests, windows, ages, pause, expected) => {
  expect(timeToSend(requests, windows, ages, pause)).toBe(expected);
});

test('every window holds: the one that asks for more decides', () => {
  const both = [...TEN_IN_2S, { requests: 60, perMs: 60_000 }];
  // 60 go within ten seconds; the 61st waits for the first to be a minute old
  expect(timeToSend(60, both, [])).toBe(10_000);
  expect(timeToSend(61, both, [])).toBe(60_000);
  expect(timeToSend(61, both, [59_000])).toBe(60_000);
  expect(timeToSend(60, both, [1000])).toBe(59_000);
});

test('a hundred thousand leads in batches of one are answered at once', () => {
  expect(timeToSend(100_000, TEN_IN_2S, [])).toBe(9_999 * 2000);
});

test('with one window, it is one window for each time it was full before', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 5000 }),
      (n, requests, perMs) => {
        expect(timeToSend(n, [{ requests, perMs }], [])).toBe(Math.floor((n - 1) / requests) * perMs);
      },
    ),
  );
});
