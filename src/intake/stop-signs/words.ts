/**
 * The words of a header or a cell in the form in which they are compared: lower case, accents and punctuation removed,
 * `camelCase` taken apart. `E-Mail`, `e mail` and `Email` are one word, and so are `un-subscribed` and `unsubscribed`.
 */
export function foldedWords(text: string): string[] {
  const spaced = text
    .normalize('NFKD')
    .replace(/\p{M}|\p{Cf}/gu, '')
    .replace(INITIALS, (letters) => letters.replaceAll('.', ''))
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replace(/ß/g, 'ss')
    .replace(/[łøı]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return spaced === '' ? [] : joinParts(spaced).split(' ');
}

/** `D.N.C.`: letters with a dot behind each are one word. */
const INITIALS = /(?<![\p{L}\p{N}.])(?:\p{L}\.){2,}\p{L}?(?![\p{L}\p{N}])/gu;

/** Letters that Unicode does not take apart. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = { ł: 'l', ø: 'o', ı: 'i' };

function joinParts(spaced: string): string {
  return spaced
    .replace(/\be (mail\w*|posta?|postadress\w*)\b/g, 'e$1')
    .replace(/\b(whats app|linked in|tik tok|you tube)\b/g, (brand) => brand.replace(' ', ''))
    .replace(/\bun (subscri\w*|deliver\w*)/g, 'un$1')
    .replace(/\bnon (subscri\w*|deliver\w*)/g, 'not $1');
}

/** The words with a space before, between and after them, for {@link phrases}. */
export function spacedWords(text: string): string {
  return ` ${foldedWords(text).join(' ')} `;
}

/**
 * Compiles phrases, separated by `|` or line ends, into one pattern for {@link spacedWords}. `*` stands for any letters
 * before or after, `~` for a space or none, `(a/b)` for one or the other.
 */
export function phrases(list: string): RegExp {
  const alternatives = list
    .split(/[|\n]/)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== '')
    .map((phrase) => phrase.replaceAll('*', '[^ ]*').replaceAll('~', ' ?').replace(/\(/g, '(?:').replaceAll('/', '|'));
  return new RegExp(` (?:${alternatives.join('|')})(?= )`, 'gu');
}

/** Whether a text made by {@link spacedWords} holds one of the phrases. */
export function says(pattern: RegExp, written: string): boolean {
  return written.search(pattern) >= 0;
}
