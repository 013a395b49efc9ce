/** What programs and spreadsheets write where there is nothing. */

/** The first character of every such word: all other texts are let through at once. */
const SUSPECT = /^[-–—―−#([<{\\nNuU]/;
const LONGEST = 60;
/** In a name only in exactly these spellings: there are people called Nan and Null. */
const IN_NAMES: ReadonlySet<string> = new Set(
  'null NULL undefined UNDEFINED NaN NAN None none NONE N/A n/a N/a N.A. n.a. \\N'.split(' '),
);
const WORDS: ReadonlySet<string> = new Set(['null', 'undefined', 'nan', 'none', 'n/a', 'n.a.', '\\n', '[]', '{}']);
/** A spreadsheet's errors in whatever language (`#REF!`, `#NAME?`, `#BEZUG!`, `#¡VALOR!`, `#N/A`, `#NV`), and `####`. */
const ERROR_VALUE = /^#(?:¡?\p{Lu}[\p{Lu}\d_/]*[!?]|N\/[A-Z]|n\/a|NV|#+)$/u;
const DASHES = /^[-–—―−]+$/;
const BRACKETED =
  /^[([<{]\s*(?:blank|null|none|empty|undefined|nan|nil|n\/a|no value|no data|not set|not available)\s*[)\]>}]$/i;
const OBJECT = /^\[object \w+\](?:,\s*\[object \w+\])*$/;

/** Whether a trimmed text only stands for nothing: `null`, `N/A`, `-`, `#REF!`, `[object Object]`, `(blank)` … */
export function isPlaceholder(text: string): boolean {
  return text.length <= LONGEST && SUSPECT.test(text) && (WORDS.has(text.toLowerCase()) || isMark(text));
}

/** The same for a person's name, which may be Nan or Null. */
export function isNamePlaceholder(text: string): boolean {
  return text.length <= LONGEST && SUSPECT.test(text) && (IN_NAMES.has(text) || isMark(text));
}

function isMark(text: string): boolean {
  if (/^[nNuU]/.test(text)) return false;
  return DASHES.test(text) || ERROR_VALUE.test(text) || BRACKETED.test(text) || OBJECT.test(text);
}
