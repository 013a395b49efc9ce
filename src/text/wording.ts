/** What messages of every room are made of: numbers with their nouns, and the word that was probably meant. */
import { distance } from 'fastest-levenshtein';

/** A number as people read it: `12,345`. */
export function number(n: number): string {
  // The first toLocaleString() loads what Node knows of languages, three milliseconds that few commands need.
  return Number.isInteger(n) && Math.abs(n) < 1000 ? String(n) : n.toLocaleString('en');
}

/** A number and its noun: `1 lead`, `1,200 leads`. The plural has an s unless it is given. */
export function counted(n: number, noun: string, plural = `${noun}s`): string {
  return `${number(n)} ${n === 1 ? noun : plural}`;
}

/** Control characters shown as what they are, so that text from a file cannot steer the terminal or the page. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0);
      return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}

const plain = (text: string) => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** How many slips of the fingers lie between two words: a letter more, less or wrong, or two neighbours swapped once. */
function slips(word: string, name: string): number {
  let fewest = distance(word, name);
  for (let i = 1; i < word.length; i++) {
    const swapped = `${word.slice(0, i - 1)}${word.charAt(i)}${word.charAt(i - 1)}${word.slice(i + 1)}`;
    fewest = Math.min(fewest, 1 + distance(swapped, name));
  }
  return fewest;
}

/**
 * The known word probably meant: one spelt nearly so, or one that it begins or is a part of. Case, spaces, - and _ do not
 * count.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = plain(word);
  if (word.length > 64 || wanted === '') return undefined;
  let best: { name: string; steps: number } | undefined;
  for (const name of known) {
    const steps = slips(wanted, plain(name));
    if (steps <= Math.max(1, Math.floor(name.length / 3)) && (!best || steps < best.steps)) best = { name, steps };
  }
  if (best || wanted.length < 3) return best?.name;
  const begun = known.find((name) => plain(name).startsWith(wanted));
  return begun ?? known.find((name) => wanted.length > 3 && plain(name).includes(wanted));
}

/** The end of a message: `; did you mean "min_score"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const name = nearest(word, known);
  return name === undefined ? '' : `; did you mean "${name}"?`;
}
