import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readWords } from '../../../src/intake/stop-signs/value-words.js';
import { isDate, readFlag } from '../../../src/intake/stop-signs/yes-no.js';

const VERIFIER_WORDS: unknown = JSON.parse(
  readFileSync(new URL('../../../fixtures/stop-signs/verifier-words.json', import.meta.url), 'utf8'),
);

describe("verifiers' words", () => {
  it.each(VERIFIER_WORDS as [string, string][])('%s means %s', (word, meaning) => {
    expect(readWords(word)?.sign).toBe(meaning === 'none' ? 'clear' : meaning);
  });
});

describe('words of CRMs and sequencers, negation first', () => {
  it.each([
    ['Closed - Do Not Contact', 'opted_out'],
    ['UNSUBSCRIBED;BOUNCED', 'opted_out'],
    ['DNC - asked us', 'opted_out'],
    ['blocklisted', 'opted_out'],
    ['Spam complaint', 'opted_out'],
    ['désabonné', 'opted_out'],
    ['nicht mehr kontaktieren', 'opted_out'],
    ['dado de baja', 'opted_out'],
    ['отписался', 'opted_out'],
    ['cleaned', 'bounced'],
    ['Hard Bounced', 'bounced'],
    ['not valid', 'invalid'],
    ['not deliverable', 'invalid'],
    ['nominative@invalid', 'invalid'],
    ['accept_all_unverifiable', 'risky'],
    ['Email No Longer Verified', 'risky'],
    ['never subscribed', 'no_consent'],
    ['Non-marketing contact', 'no_consent'],
    ['Left the company', 'not_to_mail'],
    ['Wrong Person', 'not_to_mail'],
    ['not unsubscribed', 'clear'],
    ['Not Opted Out', 'clear'],
    ['never bounced', 'clear'],
    ['Soft bounced', 'clear'],
    ['Sender Originated Bounce', 'clear'],
    ['Not Catch-all', 'clear'],
    ['invalid phone number', 'clear'],
    ['Do Not Call', 'clear'],
    ['Closed Lost', undefined],
    ['Not interested', undefined],
    ['Bad Fit', undefined],
  ])('%s → %s', (text, sign) => {
    expect(readWords(text)?.sign).toBe(sign);
  });
});

describe('yes and no', () => {
  const YES =
    'TRUE WAHR VRAI VERDADERO VERO VERDADEIRO WAAR PRAWDA SANT SANN SAND TOSI ИСТИНА DOĞRU PRAVDA ja oui sí sì sim tak kyllä да evet ano Y x 1 1.0 ✓ ✅ on checked';
  const NO =
    'FALSE FALSCH FAUX FALSO ONWAAR FAŁSZ FALSKT USANN FALSK EPÄTOSI ЛОЖЬ YANLIŞ NEPRAVDA nein non no não nee nie nej nei ei нет hayır ne N 0 0.0 ✗ off';
  const BLANK = [
    '',
    '-',
    '—',
    'N/A',
    '#N/A',
    'null',
    'None',
    '[]',
    '{}',
    '0000-00-00',
    '0000-00-00 00:00:00',
    '?',
    '(blank)',
  ];

  it.each(YES.split(' '))('%s is a yes', (text) => expect(readFlag(text)).toBe('yes'));
  it.each(NO.split(' '))('%s is a no', (text) => expect(readFlag(text)).toBe('no'));
  it.each(BLANK)('"%s" says nothing', (text) => expect(readFlag(text)).toBe('blank'));

  it('a flag with a remark counts, a sentence does not', () => {
    expect(readFlag('Yes - asked by phone')).toBe('yes');
    expect(readFlag('No, still a customer')).toBe('no');
    expect(readFlag('no emails please')).toBeUndefined();
  });

  it('dates are told from zero dates and numbers', () => {
    for (const date of [
      '2025-03-01',
      '3/1/2025, 9:30 AM',
      '01.02.2025',
      '1735689600',
      '1 Mar 2025',
      '2025-01-01T00:00:00Z',
    ])
      expect(isDate(date), date).toBe(true);
    for (const text of ['0000-00-00', '12', 'maybe', 'Q3']) expect(isDate(text), text).toBe(false);
  });
});
