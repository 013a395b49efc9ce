import { expect, test } from 'vitest';
import { remember } from '../src/remember.js';

test('each text is read once while it is remembered, at most so many, and none that is too long', () => {
  const reads: string[] = [];
  const shout = remember(
    (text) => {
      reads.push(text);
      return text === 'none' ? undefined : text.toUpperCase();
    },
    { most: 2, longest: 4 },
  );
  const said = ['a', 'a', 'none', 'none', 'b', 'a', 'longer', 'longer'].map(shout);
  expect(said).toEqual(['A', 'A', undefined, undefined, 'B', 'A', 'LONGER', 'LONGER']);
  // 'b' is the third text: all before it are forgotten, so 'a' is read again.
  expect(reads).toEqual(['a', 'none', 'b', 'a', 'longer', 'longer']);
});
