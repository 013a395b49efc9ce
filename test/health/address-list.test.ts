import { describe, expect, it } from 'vitest';
import { makeListMatcher } from '../../src/health/address-list.js';

describe('makeListMatcher', () => {
  const match = makeListMatcher([
    'Jane@Acme.com ',
    'acme.com',
    '*.globex.com',
    '@initech.com',
    'müller.de',
    'eu.acme.com',
    'ceo@mail.müller.de',
    'dotted.com.',
    '',
  ]);

  it.each([
    ['jane@acme.com', 'Jane@Acme.com ', true],
    ['john@acme.com', 'acme.com', false],
    ['john@mail.acme.com', 'acme.com', false],
    ['john@mail.eu.acme.com', 'eu.acme.com', false],
    ['a@globex.com', '*.globex.com', false],
    ['a@b.globex.com', '*.globex.com', false],
    ['a@initech.com', '@initech.com', false],
    ['a@xn--mller-kva.de', 'müller.de', false],
    ['a@müller.de', 'müller.de', false],
    ['ceo@mail.xn--mller-kva.de', 'ceo@mail.müller.de', true],
    ['a@dotted.com', 'dotted.com.', false],
  ])('%s is named by %j', (email, entry, exact) => {
    expect(match(email)).toEqual({ entry, exact });
  });

  it.each(['a@notacme.com', 'a@acme.com.evil.org', 'a@com', 'acme@x.com', 'a@', '', 'a@constructor'])(
    'nothing names %j',
    (email) => {
      expect(match(email)).toBeUndefined();
    },
  );

  it('names nobody when it is empty', () => {
    expect(makeListMatcher([])('a@b.com')).toBeUndefined();
    expect(makeListMatcher(['', ' '])('a@b.com')).toBeUndefined();
    expect(makeListMatcher(['', ' '])('')).toBeUndefined();
  });
});
