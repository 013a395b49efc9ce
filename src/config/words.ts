/** How problems of the rules file are worded. Nothing here repeats a text value of the file: it might be a secret. */
import { didYouMean } from '../text/wording.js';

/** What a value is, in the words of someone who writes YAML: "text", "a number", "a list". */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : '.inf or .nan';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'string' ? 'text' : 'a mapping';
}

/** Whether a word could be a key or a token rather than a name: very long, or full of digits. */
export function looksSecret(word: string): boolean {
  return word.length > 64 || word.replace(/\D/g, '').length >= 8;
}

/** A key of the file as it can be shown: in quotes, or not at all when it looks like a secret. */
export function quoteKey(key: string): string {
  const plain = /^[\p{L}\p{N} _.<*-]{1,40}$/u.test(key);
  return plain && !looksSecret(key) ? `"${key}"` : '(not shown)';
}

/** The message for a key that its place does not have. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (key === '<<') return 'merge keys ("<<") are not supported; use an alias for a whole value instead';
  return `unknown key ${quoteKey(key)}${didYouMean(key, known) || `; known here: ${known.join(', ')}`}`;
}
