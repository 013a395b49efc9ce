import { describe, expect, it } from 'vitest';
import { fixtureLines, isStopped, readCell } from './reading.js';

/** A column as a file of one row, a file of two and a post (which has no other rows) show it. */
const samples = (out: string, passes: string) => [[], [out], [out, passes]];

describe('columns of real tools that say who must not be mailed', () => {
  const cases = fixtureLines('headers.txt');

  it.each(cases)('%s, %s: %s = %s stops, %s does not', (kind, _tool, header = '', out = '', passes = '') => {
    for (const sample of samples(out, passes)) {
      const stopped = readCell(header, out, sample);
      expect(isStopped(stopped), `${out} → ${stopped}`).toBe(true);
      const free = readCell(header, passes, sample);
      expect(isStopped(free), `${passes} → ${free}`).toBe(false);
      if (kind !== 'optout')
        expect(stopped, 'nobody is suppressed for good by a bounce or a verifier').not.toBe('opted out');
    }
  });

  it('an opt-out suppresses for good, a missing consent holds for review', () => {
    for (const header of ['Unsubscribed', 'hs_email_optout', 'Opted Out:', 'Do Not Contact', 'Désinscrit'])
      expect(readCell(header, 'TRUE', []), header).toBe('opted out');
    for (const header of ['Opt In', 'Marketing consent', 'Subscribed', 'Einwilligung', 'Accepts Marketing'])
      expect(readCell(header, 'No', []), header).toBe('review: no_consent');
    expect(readCell('Marketing consent', 'none', [])).toBe('review: no_consent');
  });
});

describe('ordinary columns', () => {
  const cases = fixtureLines('ordinary-headers.txt');

  it('there are at least 300 of them', () => expect(cases.length).toBeGreaterThanOrEqual(300));

  it('at most one header in fifty stops anybody', () => {
    const stopping = cases.filter(([header = '', ...values]) =>
      [values, []].some((sample) => values.some((value) => isStopped(readCell(header, value, sample)))),
    );
    expect(stopping.map(([header]) => header).length).toBeLessThanOrEqual(cases.length / 50);
  });
});

describe('what says nothing about the address or the person', () => {
  it.each([
    ['Do Not Call', 'true'],
    ['SMS opt-out', 'yes'],
    ['WhatsApp Opt-In', 'No'],
    ['Phone Verified', 'false'],
    ['LinkedIn Status', 'not found'],
    ['Website Status', 'invalid'],
    ['Direct mail opt out', 'yes'],
    ['Unsubscribe Link', 'https://kestrel-freight.com/u/1'],
    ['Bounce Rate', '12%'],
    ['Email Bounce Count', '3'],
    ['Email Verification Source', 'Apollo'],
    ['Email Verified At', '2025-01-01'],
    ['Opt-In Date', '2025-01-01'],
    ['Soft Bounce', 'true'],
    ['Notes', 'asked to unsubscribe'],
  ])('%s = %s stops nobody', (header, value) => {
    expect(isStopped(readCell(header, value, [value]))).toBe(false);
  });
});

describe('the net: a stop sign that nobody understands holds the row', () => {
  it.each([
    ['Marketing permission', 'pending legal review'],
    ['Do Not Contact', 'ask Kim first'],
    ['GDPR status', 'under review'],
    ['Email Verification', 'see sheet 2'],
    ['Segment 4', 'do not contact'],
    ['Column F', 'unsubscribed in 2024'],
  ])('%s = %s', (header, value) => {
    expect(readCell(header, value, [value, 'A', 'B'])).toMatch(/^review: unclear|^opted out/);
    expect(isStopped(readCell(header, '', [value, 'A', 'B']))).toBe(false);
  });
});
