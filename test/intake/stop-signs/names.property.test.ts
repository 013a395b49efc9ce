import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStopped, readCell } from './reading.js';

/** Stems by meaning, as words that a tool joins in its own way. */
const OPT_OUT = [
  'email opt out',
  'opted out',
  'has opted out of email',
  'unsubscribed',
  'email unsubscribed',
  'do not contact',
  'do not email',
  'blacklisted',
  'email blocklisted',
  'dnc',
  'suppressed',
  'abgemeldet',
  'désabonné',
  'desuscrito',
  'disiscritto',
  'descadastrado',
  'uitgeschreven',
  'wypisany',
  'avregistrerad',
  'odhlášen',
];
const CONSENT = [
  'opt in',
  'email opt in',
  'subscribed',
  'marketing consent',
  'accepts marketing',
  'email permission',
  'einwilligung',
  'consentement',
];
const BOUNCE = ['bounced', 'email bounced', 'is email bounced', 'hard bounce'];
const GOOD = ['email valid', 'is deliverable', 'safe to send', 'email verified'];

const YES = ['yes', 'TRUE', '1', 'WAHR', 'VRAI', 'sí', 'Ja', 'x', 'PRAWDA', 'да'];
const NO = ['no', 'FALSE', '0', 'FALSCH', 'FAUX', 'nein', 'non', 'FAŁSZ', 'нет', 'Não'];

const title = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const CASES: ReadonlyArray<(words: string[], separator: string) => string> = [
  (words, separator) => words.join(separator),
  (words, separator) => words.join(separator).toUpperCase(),
  (words, separator) => words.map(title).join(separator),
  (words) => words.map((word, index) => (index === 0 ? word : title(word))).join(''),
  (words) => words.map(title).join(''),
];
const headerOf = (stems: readonly string[]) =>
  fc
    .record({
      stem: fc.constantFrom(...stems),
      write: fc.constantFrom(...CASES),
      separator: fc.constantFrom(' ', '_', '-', '.'),
      before: fc.constantFrom('', 'HubSpot ', 'CRM_', 'contact '),
      after: fc.constantFrom('', '?', ':', ' *', ' (CRM)', '_12345'),
    })
    .map(({ stem, write, separator, before, after }) => `${before}${write(stem.split(' '), separator)}${after}`);

describe('a column keeps its meaning however its name is written', () => {
  it('an opt-out', () => {
    fc.assert(
      fc.property(headerOf(OPT_OUT), fc.constantFrom(...YES), fc.constantFrom(...NO), (header, yes, no) => {
        expect(readCell(header, yes, [yes, no])).toBe('opted out');
        expect(isStopped(readCell(header, no, [yes, no]))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('a consent: no means the opposite of its name, and suppresses nobody', () => {
    fc.assert(
      fc.property(headerOf(CONSENT), fc.constantFrom(...YES), fc.constantFrom(...NO), (header, yes, no) => {
        expect(readCell(header, no, [yes, no])).toBe('review: no_consent');
        expect(isStopped(readCell(header, yes, [yes, no]))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('a bounce, and a verdict by its no', () => {
    fc.assert(
      fc.property(
        headerOf(BOUNCE),
        headerOf(GOOD),
        fc.constantFrom(...YES),
        fc.constantFrom(...NO),
        (bounce, good, yes, no) => {
          expect(readCell(bounce, yes, [yes, no])).toBe('bounced');
          expect(isStopped(readCell(bounce, no, [yes, no]))).toBe(false);
          expect(readCell(good, no, [yes, no])).toBe('invalid');
          expect(isStopped(readCell(good, yes, [yes, no]))).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a name that says not turns it round', () => {
    for (const header of ['Not Opted Out', 'Not unsubscribed', 'is_not_bounced', 'Not blacklisted']) {
      expect(isStopped(readCell(header, 'yes', ['yes'])), header).toBe(false);
      expect(isStopped(readCell(header, 'no', ['no'])), header).toBe(true);
    }
  });
});
