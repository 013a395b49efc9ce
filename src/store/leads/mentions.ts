import { domainToUnicode } from 'node:url';

const ERASED = '[erased]';

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A character as itself, or as JSON and URLs may write it instead. */
function anySpelling(char: string): string {
  const units = [...Array(char.length).keys()].map((n) => char.charCodeAt(n).toString(16).padStart(4, '0'));
  const inJson = units.map((unit) => `\\\\u${unit}`).join('');
  // encodeURIComponent leaves letters as they are, and others may write even those by number
  const inUrl = [...Buffer.from(char)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return `(?:${literal(char)}|${inJson}|${inUrl})`;
}

/**
 * Finds an address in any text: whatever its case, in Unicode's sense, its domain as people or as machines write it,
 * and escaped as in JSON or in a URL.
 */
export function mentionOf(email: string): { isIn(text: string): boolean; without(text: string): string } {
  const at = email.lastIndexOf('@') + 1;
  const forms = new Set([email, email.slice(0, at) + domainToUnicode(email.slice(at))]);
  const spelled = [...forms].flatMap((form) => [form, form.normalize('NFD')]);
  const cases = spelled.flatMap((form) => [form, form.toUpperCase()]);
  const anyCase = [...new Set(cases)].map((form) => [...form].map(anySpelling).join('')).join('|');
  const pattern = new RegExp(anyCase, 'giu');
  return {
    isIn: (text) => text.search(pattern) >= 0,
    without: (text) => text.replace(pattern, ERASED),
  };
}

function withTexts<T>(value: T, change: (text: string) => string): T;
function withTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => withTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [change(name), withTexts(item, change)]));
}

/** Data in which nothing is said of people who are gone: what Smartlead answers may name them, as text or as a name. */
export function withoutPeople<T>(data: T, gone: ReadonlyArray<{ email: string }>): T {
  const mentions = gone.map(({ email }) => mentionOf(email));
  return gone.length === 0
    ? data
    : withTexts(data, (text) => mentions.reduce((left, mention) => mention.without(left), text));
}
