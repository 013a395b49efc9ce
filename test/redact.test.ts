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

const PLANTED = 'Planted-Key_77x';
const hexEscapes = (text: string, write: (code: string) => string) =>
  Array.from(text, (letter) => write(letter.charCodeAt(0).toString(16).padStart(2, '0'))).join('');

test.each([
  ['in capitals', PLANTED.toUpperCase()],
  ['in small letters', PLANTED.toLowerCase()],
  ['with every letter percent-encoded', hexEscapes(PLANTED, (code) => `%${code}`)],
  ['percent-encoded twice', hexEscapes(PLANTED, (code) => `%25${code}`)],
  ['with its dash escaped', 'planted%2Dkey%5f77X'],
  ['in JSON escapes', hexEscapes(PLANTED, (code) => `\\u00${code}`)],
  ['in HTML entities', hexEscapes(PLANTED, (code) => `&#x${code};`)],
  ['in decimal entities', Array.from(PLANTED, (letter) => `&#${letter.charCodeAt(0)};`).join('')],
  ['broken over lines', 'Planted-\r\n  Key_77x'],
  ['taken apart by tags', 'Plan<wbr>ted-<b>Key</b>_77x'],
  ['inside a tag', '<planted-key_77X>'],
  ['in quoted pieces', '"Planted" + "-Key_" + "77x"'],
  ['letter by letter', Array.from(PLANTED).join(' ')],
  ['with soft hyphens', 'Plan\u00adted-Key\u200b_77x'],
  ['in hexadecimal', Buffer.from(PLANTED).toString('hex')],
  ['in base64 of a longer text', Buffer.from(`api key ${PLANTED} is bad`).toString('base64')],
  ['in base64 for URLs', Buffer.from(`key: ${PLANTED}!`).toString('base64url')],
])('the key is masked %s', (_form, text) => {
  rememberSecret(PLANTED);
  const clean = redact(`the server says: ${text}, sorry`);
  expect(clean).toMatch(/^the server says: .*\[redacted\].*, sorry$/s);
  expect(clean).not.toMatch(/lanted|planted-key|77x/i);
  if (/in base64|hexa|every|twice|escapes|entities/.test(_form)) expect(clean.length).toBeLessThan(70);
});

test('what is no secret stays as it is, whatever it is made of', () => {
  rememberSecret(PLANTED);
  for (const text of ['100 % of "leads" <b>here</b> &amp; there \\u0041', 'İstanbul ſ ß', 'planted key 78', '']) {
    expect(redact(text)).toBe(text);
  }
});

test.each(['<', '%', '%25', '&', '&#', '\\', '\\u', 'p', 'planted-', ' ', 'api_key', 'api_key=', 'é'])(
  'a megabyte of %j is cleaned in no time',
  (piece) => {
    rememberSecret(PLANTED);
    const began = performance.now();
    redact(piece.repeat(1_000_000 / piece.length));
    expect(performance.now() - began).toBeLessThan(3_000);
  },
);
