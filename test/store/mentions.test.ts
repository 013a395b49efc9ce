import { expect, test } from 'vitest';
import { mentionOf, withoutPeople } from '../../src/store/leads/mentions.js';

const umlaut = 'jörg@xn--mller-kva.example';

test.each([
  ['jane@acme.com', 'Jane@ACME.com is not allowed'],
  ['jane@acme.com', '{"email":"jane\\u0040acme.com"}'],
  ['jane@acme.com', '{"email":"\\u004aane\\u0040acme.com"}'],
  ['jane@acme.com', 'GET /leads/?email=jane%40acme.com'],
  ['jane+x@acme.com', 'email=jane%2Bx%40acme.com'],
  [umlaut, 'JÖRG@XN--MLLER-KVA.EXAMPLE'],
  [umlaut, 'Jörg@Müller.example bounced'],
  [umlaut, '{"to":"j\\u00f6rg@m\\u00FCller.example"}'],
  [umlaut, 'JÖRG@MÜLLER.EXAMPLE'.normalize('NFD')],
  [umlaut, 'j%C3%B6rg%40m%c3%bcller.example'],
])('%s is found in %s', (email, text) => {
  const mention = mentionOf(email);
  expect(mention.isIn(text)).toBe(true);
  expect(mention.without(text)).toContain('[erased]');
  expect(mention.isIn(mention.without(text))).toBe(false);
});

test('another address is not taken for it', () => {
  expect(mentionOf('j.doe@acme.com').isIn('jxdoe@acme.com, j.doe@acme.org')).toBe(false);
});

test('people go from texts and names at any depth', () => {
  const answer = { 'a@x.com': { list: ['A@x.com is bad', 3, null] }, n: 1 };
  expect(withoutPeople(answer, [{ email: 'a@x.com' }])).toEqual({
    '[erased]': { list: ['[erased] is bad', 3, null] },
    n: 1,
  });
  expect(withoutPeople(undefined, [{ email: 'a@x.com' }])).toBeUndefined();
});
