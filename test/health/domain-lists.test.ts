import { describe, expect, it } from 'vitest';
import { hasBadReputation, isDisposable, roleOf } from '../../src/health/domain-lists.js';

describe('isDisposable', () => {
  it.each(['mailinator.com', 'guerrillamail.com', 'yopmail.com', 'tempmail.com', 'mail.tm', 'burnermail.io'])(
    'knows %s',
    (domain) => {
      expect(isDisposable(domain)).toBe(true);
    },
  );

  it.each(['example.com', 'gmail.com', 'duck.com', 'simplelogin.com', 'mozmail.com', 'spamgourmet.com', 'gmx.net'])(
    'spares %s',
    (domain) => {
      expect(isDisposable(domain)).toBe(false);
    },
  );
});

describe('roleOf', () => {
  it.each([
    ['info', 'info'],
    ['sales', 'sales'],
    ['no-reply', 'no-reply'],
    ['buchhaltung', 'buchhaltung'],
    ['info+fair2024', 'info'],
  ])('%s is %s', (local, role) => {
    expect(roleOf(local)).toBe(role);
  });

  it.each(['test', 'user', 'ceo', 'jane', 'sales.de', 'jane.info', 'information', '+info', '', 'constructor'])(
    '%j is a person',
    (local) => {
      expect(roleOf(local)).toBeUndefined();
    },
  );
});

describe('hasBadReputation', () => {
  it('knows a few endings, and spares those with a checked registration below them', () => {
    expect(['top', 'icu', 'tk', 'ml'].every(hasBadReputation)).toBe(true);
    expect(['com', 'xyz', 'info', 'io', 'cn', 'com.ml', 'gouv.ml'].some(hasBadReputation)).toBe(false);
  });
});
