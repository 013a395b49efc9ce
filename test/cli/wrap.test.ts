import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/display-width.js';
import { wrap } from '../../src/cli/wrap.js';

test('lines are broken between words, and later ones are indented', () => {
  expect(wrap('one two three four', 11, '* ', '  ')).toBe('* one two\n  three\n  four');
  expect(wrap('one two', Number.POSITIVE_INFINITY)).toBe('one two');
});

test('a word that is longer than any line is left whole', () => {
  expect(wrap('see 01a2074a-4163-71ab-b409-c22416a3fb13 now', 20)).toBe(
    'see\n01a2074a-4163-71ab-b409-c22416a3fb13\nnow',
  );
});

test('colours take no room, wide characters take two columns, marks none', () => {
  const { red } = picocolors.createColors(true);
  expect(displayWidth(red('abc'))).toBe(3);
  expect(displayWidth('日本語')).toBe(6);
  expect(displayWidth('e\u0301\u200b')).toBe(1);
  expect(wrap('日本 日本 日本', 9)).toBe('日本 日本\n日本');
});
