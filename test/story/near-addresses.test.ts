import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneSlipFrom } from '../../src/story/near-addresses.js';

test.each([
  ['jon@example.com', 'a letter is missing'],
  ['johhn@example.com', 'one is doubled'],
  ['jhon@example.com', 'two are swapped'],
  ['kohn@example.com', 'the first is wrong'],
  ['john@exmaple.com', 'the slip is in the domain'],
  ['john@example.co', 'the end is missing'],
])('%s is one slip from john@example.com: %s', (typed) => {
  expect(oneSlipFrom(typed)).toContain('john@example.com');
});

test('any single change of a plain address is found, and the address itself is not', () => {
  const letter = fc.constantFrom(...'abcxyz019.-_@');
  fc.assert(
    fc.property(fc.array(letter, { minLength: 1, maxLength: 20 }), fc.nat(), (letters, n) => {
      const text = letters.join('');
      const place = n % text.length;
      const without = text.slice(0, place) + text.slice(place + 1);
      expect(oneSlipFrom(text)).toContain(without);
      if (!text.slice(place, place + 1).includes('@')) expect(oneSlipFrom(without)).toContain(text);
      expect(oneSlipFrom(text)).not.toContain(text);
    }),
  );
});
