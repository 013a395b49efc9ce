import { expect, test } from 'vitest';
import { redact, rememberSecret } from '../src/redact.js';

const KEY = 'k"ey/with+odd \\ signs&more';
rememberSecret(KEY);

test.each([
  ['as it is', KEY],
  ['in a query', new URLSearchParams({ k: KEY }).toString().slice(2)],
  ['percent-encoded', encodeURIComponent(KEY)],
  ['inside JSON', JSON.stringify({ message: `bad key ${KEY}` })],
  ['in base64', `Basic ${Buffer.from(KEY).toString('base64')}`],
])('the key is masked %s', (_form, text) => {
  const clean = redact(`the server says: ${text}, sorry`);
  expect(clean).toContain('[redacted]');
  for (const part of ['odd', 'signs', Buffer.from(KEY).toString('base64')]) expect(clean).not.toContain(part);
  expect(clean).toMatch(/^the server says: .*, sorry$/);
});

test('whatever stands in an api_key parameter is masked, remembered or not', () => {
  expect(redact('GET https://host/api/v1/campaigns/1/leads?api_key=never-seen-before&offset=0')).toBe(
    'GET https://host/api/v1/campaigns/1/leads?api_key=[redacted]&offset=0',
  );
});

test('a key so short that it may be a word is masked where it stands alone', () => {
  rememberSecret('lead');
  expect(redact('the lead of all leads')).toBe('the [redacted] of all leads');
});
