/** The one form in which names, companies and personas are compared, stored and sent. */

/** Printable ASCII with single spaces inside and none around it: nearly every text, and nothing to clean. */
const CLEAN = /^(?:[\x21-\x7e]+(?: [\x21-\x7e]+)*)?$/;
/** Characters that look like a space but are none by Unicode's account, and control characters that are not white space. */
const LIKE_SPACE = /[\u0085\u2800\u3164\uFFA0]/g;
const UNSEEN = /(?!\s)\p{Cc}|\p{Cf}/gu;

/**
 * A text in NFKC, white space of every kind (line breaks, no-break and typographic spaces) folded to single spaces,
 * none around it, format characters (zero-width marks, soft hyphens, direction marks) dropped.
 */
export function cleanText(text: string): string {
  if (CLEAN.test(text)) return text;
  // U+FEFF is white space to JavaScript and a format character to Unicode: it goes before spaces are folded.
  return text
    .replace(LIKE_SPACE, ' ')
    .normalize('NFKC')
    .replace(UNSEEN, '')
    .replace(/\uFEFF/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
