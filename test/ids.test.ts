import { expect, test } from 'vitest';
import { newId } from '../src/ids.js';

test('ids are UUIDv7 of their time, rise within a millisecond, and never repeat', () => {
  const now = Date.UTC(2026, 10, 23);
  const ids = Array.from({ length: 20_000 }, (_, n) => newId(now + Math.floor(n / 5000)));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual([...ids].sort());
  for (const [n, id] of ids.entries()) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(now + Math.floor(n / 5000));
  }
});

test('the rest of an id is random, and begins anew when the bytes that were taken at once are used up', () => {
  const tails = new Set(Array.from({ length: 2000 }, () => newId(1).slice(-10)));
  expect(tails.size).toBe(2000);
});
