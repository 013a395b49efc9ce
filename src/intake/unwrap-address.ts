import { canonicalAddress } from '../address.js';
import { isPlaceholderAddress, isPlaceholderWord } from './placeholder-address.js';

/** What was found in a text: different addresses in their order, and whether something is left that is not understood. */
export interface Unwrapped {
  addresses: string[];
  doubt: boolean;
}

const FORM = String.raw`[^\s@"<>()[\]{},;:\\|\p{Cc}\p{Cf}]{1,64}@(?:[\p{L}\p{M}\p{N}\u200c\u200d-]+\.)+[\p{L}\p{M}\p{N}-]{2,}`;
const WELL_FORMED = new RegExp(`^${FORM}$`, 'u');
const ANYWHERE = new RegExp(FORM, 'gu');

/** Longer texts, in characters, are no address in any wrapping; what follows need not be quick on them. */
const LONGEST = 2000;

/** Takes off everything round addresses that leaves no doubt about them. */
export function unwrapAddresses(text: string): Unwrapped {
  if (text.length > LONGEST) return { addresses: [], doubt: text.includes('@') };
  // Windows copies addresses out of its dialogs with such marks round them. Within one, or an override, they stay.
  const cleaned = withoutQuery(
    plainText(text).replace(/^[\s\u202a-\u202c\u2066-\u2069]+|[\s\u202a-\u202c\u2066-\u2069]+$/g, ''),
  );
  if (!cleaned.includes('@')) return { addresses: [], doubt: false };
  const found = new Set<string>();
  let doubt = false;
  for (const part of parts(cleaned)) if (!readPart(part, found)) doubt = true;
  if (doubt) {
    const all = new Set(addressesIn(cleaned).filter((address) => !isPlaceholderAddress(address)));
    if (all.size > 1) return { addresses: [...all], doubt };
    found.clear();
  }
  return { addresses: [...found], doubt };
}

/** Every address that a text may be read to hold, canonical: for those who look for one address, wherever it is. */
export function addressesIn(text: string): string[] {
  return [...plainText(text).matchAll(ANYWHERE)].map(([match]) => canonicalAddress(trimmed(match)));
}

/** The text with everything in it that only looks different: widths, dashes, entities, invisible marks. */
function plainText(text: string): string {
  let plain = decodeEntities(text.normalize('NFKC'))
    .replace(HIDDEN, '')
    .replace(/\p{Pd}|\u2212/gu, '-')
    .replace(/(?<=\p{L})[\u2019\u02bc](?=\p{L})/gu, "'");
  // Persian and Indic domains are written with joiners.
  if (!/[^\0-\x7f\u200c\u200d]/.test(plain)) plain = plain.replace(/[\u200c\u200d]/g, '');
  const encoded = /^(?:mailto:|%20)/i.test(plain) || !plain.includes('@');
  return encoded && plain.includes('%') ? decodePercent(plain) : plain;
}

const HIDDEN = /[\u00ad\u180e\u200b\u200e\u200f\u2060\ufeff]|\u034f|\p{Variation_Selector}/gu;
const ENTITIES: Record<string, string> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  amp: '&',
  nbsp: ' ',
  commat: '@',
  period: '.',
};

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,6})|#x([\da-f]{1,5})|(\w{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text; // a percent sign of somebody's own
  }
}

/** `mailto:a@b?subject=…`: what comes after the question mark is no part of the address. */
function withoutQuery(text: string): string {
  if (/^mailto:/i.test(text)) return text.replace(/\?.*$/s, '');
  return text.replace(/(mailto:[^\s?"'<>)]+)\?[^\s"'<>)]*/gi, '$1');
}

/** The pieces of a text that should be an address each; names and remarks beside an address in brackets are gone. */
function parts(text: string): string[] {
  const inner = insideJson(text) ?? insideFormula(text);
  if (inner !== undefined) return inner.flatMap(parts);
  const bracketed: string[] = [];
  const outside = text.replace(/<[^<>]*>/g, withoutTag).replace(BRACKETS, (whole, content) => {
    if (!String(content).includes('@')) return whole;
    bracketed.push(...split(String(content)));
    return ' ; ';
  });
  if (bracketed.length > 0) return outside.includes('@') ? [...split(outside), ...bracketed] : bracketed;
  return split(outside.replace(REMARK, ' '));
}

/** HTML: of a link its address stays, of other tags nothing. */
function withoutTag(tag: string): string {
  if (!/^<\/?(?:a|b|br|div|em|font|i|li|p|span|strong|td|u)(?:\s|\/?>)/i.test(tag)) return tag;
  const target = /\shref=["']?(?:mailto:)?([^"'<>\s]+)/i.exec(tag)?.[1];
  return target?.includes('@') ? `<${target}>` : '';
}

const BRACKETS = /[<([{]([^<>()[\]{}]*)[>)\]}]/g;
/** `(work)` after an address, or apart from it; `me(at)acme.com` holds none. */
const REMARK = /(?:(?<=^|[\s;,|])[([][^()[\]@]*[)\]](?=[\s;,|]|$))|[([][^()[\]@]*[)\]]$/g;

function split(text: string): string[] {
  return text.split(/[;,|\n\r\t\u2022\u00b7]|:::|\s[/&+-]\s|(?<=@[^\s/&]*)[/&]/);
}

/** The texts with an @ in a JSON list or object. */
function insideJson(text: string): string[] | undefined {
  if (!/^[[{"]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return textsIn(value).filter((one) => one.includes('@'));
  } catch {
    return undefined;
  }
}

/** Every text within a value that came from JSON. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** The texts with an @ in a spreadsheet's formula: `=HYPERLINK("mailto:…", "…")`. */
function insideFormula(text: string): string[] | undefined {
  if (!/^=\s*(?:[\p{L}_.]+\s*\(|")/u.test(text)) return undefined;
  const texts = [...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, inner = '']) => withoutQuery(inner));
  return texts.filter((one) => one.includes('@'));
}

const LABEL = /^["']?\p{L}[\p{L}\p{N} ._-]{0,30}["']?\s*:(?!\/\/)|^e?-?mail\s*=|^mailto:\/\//iu;
const EDGES =
  /^(?:[\s"'`*<>:/]|[\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Extended_Pictographic}\p{So}]|-+\s)+|(?:[\s"'`*<>:/]|[\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Extended_Pictographic}\p{So}]|\s-+)+$/gu;

/** A piece without labels, quotes and marks round it, nor the one dot that ends a sentence. */
function trimmed(part: string): string {
  let text = part;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text
      .replace(EDGES, '')
      .replace(LABEL, '')
      .replace(/(?<!\.)\.$/, '');
  }
  return text;
}

/** Adds what a piece holds to `found`. False when it is not understood. */
function readPart(part: string, found: Set<string>): boolean {
  const text = trimmed(part);
  if (!text.includes('@')) return isPlaceholderWord(text);
  for (const word of withoutName(text).split(/\s+/)) {
    const bare = trimmed(word);
    if (!WELL_FORMED.test(bare)) return false;
    const address = canonicalAddress(bare);
    if (!isPlaceholderAddress(address)) found.add(address);
  }
  return true;
}

/** `Ada Byrne ada@acme.com`: two words or more in capitals are a name; one might be the first half of an address. */
const NAME = String.raw`\p{Lu}[\p{L}'.-]+(?:\s+(?:\p{Lu}[\p{L}'.-]*|van|von|de|der|den|la|di|da|du|del)){1,4}`;
const BESIDE_NAME = new RegExp(`^(?:${NAME}\\s+([^\\s@]+@\\S+)|([^\\s@]+@\\S+)\\s+${NAME})$`, 'u');

function withoutName(text: string): string {
  const [, after, before] = BESIDE_NAME.exec(text) ?? [];
  return after ?? before ?? text;
}
