/** Takes a secret out of what is stored, also where it is a part of a text, and however it is written there. */
import { isRecord } from '../exact-json.js';
import { fold } from './event-words.js';
import { unpacked } from './open-envelopes.js';

const MASK = '[redacted]';
/** So short a secret may be part of an ordinary word; it is removed where it is a word of its own. */
const SHORT = 8;

const escapeRegExp = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Makes the function that masks a secret in a text: as it is, in a URL, in JSON, in HTML, in Base64. */
export function secretMask(secret: string): (text: string) => string {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inQuery = new URLSearchParams({ k: secret }).toString().slice(2);
  const forms = [secret, encodeURIComponent(secret), inQuery, inJson, JSON.stringify(inJson).slice(1, -1)];
  forms.push(Buffer.from(secret).toString('hex'));
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  const either = `(?:${sorted.map(escapeRegExp).join('|')})`;
  const isShort = secret.length < SHORT;
  const source = isShort ? `(?<![\\p{L}\\p{N}])${either}(?![\\p{L}\\p{N}])` : either;
  // a header's name comes in small letters
  const pattern = new RegExp(source, 'giu');
  const holds = (text: string) => text.search(pattern) !== -1;
  const inBase64 = isShort ? undefined : base64Pattern(sorted);
  return (text) => {
    // whatever stands for the secret is at least as long
    if (text.length < secret.length) return text;
    const plain = text.replaceAll(pattern, MASK);
    const masked = inBase64?.test(plain) ? plain.replaceAll(TOKEN, (one) => (inBase64.test(one) ? MASK : one)) : plain;
    return decodings(masked).some(holds) ? MASK : masked;
  };
}

const TOKEN = /[\w+/-]+={0,2}/g;

/**
 * Finds texts in what is encoded with others (`Basic dXNlcjpzZWNyZXQ=`), without decoding anything: what Base64 makes of a
 * text depends on where it begins only by the remainder of three, but for the characters at its ends.
 */
function base64Pattern(texts: readonly string[]): RegExp {
  const spellings = texts.flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()]);
  const cores = spellings.flatMap((text) =>
    [0, 1, 2].map((before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
      return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    }),
  );
  const either = [...new Set(cores)].map((core) =>
    escapeRegExp(core).replaceAll('\\+', '[+-]').replaceAll('/', '[/_]'),
  );
  return new RegExp(either.join('|'));
}

const ESCAPE = /%([0-9a-f]{2})|\\+u00([0-9a-f]{2})|&#x0*([0-9a-f]{2});|&#0*(\d{2,3});|&(amp);/gi;

/** What a text with escapes means, also where they are escaped in turn. */
function decodings(text: string): string[] {
  const found: string[] = [];
  let decoded = text;
  for (let times = 0; times < 3; times++) {
    const next = decoded.replaceAll(ESCAPE, (_all, percent, unicode, hex, decimal) => {
      const digits: string | undefined = percent ?? unicode ?? hex;
      const code = digits === undefined ? Number(decimal ?? 38) : Number.parseInt(digits, 16);
      return String.fromCharCode(code);
    });
    if (next === decoded) break;
    found.push(next);
    decoded = next;
  }
  return found;
}

/** Whether a raw body may hold the secret, however its format writes it. A quick look: where in it decides who parses it. */
export function mayHoldSecret(text: string, secret: string): boolean {
  const bare = secret.replaceAll('\\', '');
  const written = /%|\\u|&/.test(text) ? [text, ...decodings(text)] : [text];
  return written.some((one) => {
    const plain = one.replaceAll('\\', '');
    return plain.includes(bare) || (bare.includes(' ') && plain.replaceAll('+', ' ').includes(bare));
  });
}

/**
 * A body without the secret: not in a text, not in a name, not in JSON inside a text. Fields called `secret_key` go
 * altogether, so that an event is the same with the secret and without.
 */
export function withoutSecret(body: unknown, mask: (text: string) => string): unknown {
  if (typeof body === 'string') {
    const inner = unpacked(body);
    return inner === body ? mask(body) : JSON.stringify(withoutSecret(inner, mask));
  }
  if (Array.isArray(body)) return body.map((one) => withoutSecret(one, mask));
  if (isRecord(body)) {
    const fields = Object.entries(body).filter(([name]) => fold(name) !== 'secretkey');
    return Object.fromEntries(fields.map(([name, value]) => [mask(name), withoutSecret(value, mask)]));
  }
  if (typeof body !== 'number' && typeof body !== 'boolean') return body;
  const text = String(body);
  return mask(text) === text ? body : MASK;
}
