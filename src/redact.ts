/** Secrets are taken out of every text that people may see, in whatever way they are written there. */

const MASK = '[redacted]';
/** So short a secret may be part of an ordinary word; it is removed where it stands alone. */
const SHORT = 8;

/** Secrets as they are, and in the encodings they come back in. */
const forms = new Set<string>();
/** Their letters and digits alone, in lower case: what is left of them when they are shouted, escaped or taken apart. */
const cores = new Set<string>();

/** The letters and digits of a text, in lower case. */
const coreOf = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** What of a text is the same in the base64 of anything that holds it, for each of the three ways it can lie there. */
function insideBase64(bytes: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const written = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return written.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
}

/** Tells {@link redact} a value that must never be shown, in any form in which it may come back. */
export function rememberSecret(secret: string): void {
  if (secret.length === 0) return;
  const bytes = Buffer.from(secret);
  const inQuery = new URLSearchParams({ k: secret }).toString().slice(2);
  const inJson = JSON.stringify(secret).slice(1, -1);
  for (const form of [secret, encodeURIComponent(secret), inQuery, inJson, bytes.toString('base64')]) forms.add(form);
  for (const form of [secret, bytes.toString('hex'), ...insideBase64(bytes)]) {
    const core = coreOf(form);
    if (core.length >= SHORT) cores.add(core);
  }
}

function withoutForm(text: string, form: string): string {
  if (form.length >= SHORT) return text.replaceAll(form, MASK);
  const literal = form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), MASK);
}

/** A text as it is read, with the place in the original where each of its characters begins and ends. */
interface Reading {
  text: string;
  starts: number[];
  ends: number[];
}

const ESCAPES = /%([\da-f]{2})|\\u([\da-f]{4})|\\x([\da-f]{2})|&#x0{0,4}([\da-f]{1,4});|&#0{0,4}(\d{1,5});|&amp;/gi;
const TAGS = /<[^<>]{0,200}>/g;
const NO_LETTERS = /[^\p{L}\p{N}]+/gu;
/** An escape may be escaped. */
const ROUNDS = 3;

function unescaped([, percent, u, x, hex, decimal]: ReadonlyArray<string | undefined>): string {
  const code = percent ?? u ?? x ?? hex;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return decimal === undefined ? '&' : String.fromCharCode(Number(decimal));
}

/** Replaces what matches, and keeps track of where everything comes from. */
function reread(
  reading: Reading,
  pattern: RegExp,
  replacement: (match: ReadonlyArray<string | undefined>) => string,
): Reading {
  const next: Reading = { text: '', starts: [], ends: [] };
  let from = 0;
  const take = (start: number, end: number) => {
    next.text += reading.text.slice(start, end);
    for (let at = start; at < end; at++) {
      next.starts.push(reading.starts[at] ?? 0);
      next.ends.push(reading.ends[at] ?? 0);
    }
  };
  for (const match of reading.text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    take(from, match.index);
    const char = replacement(match);
    next.text += char;
    if (char !== '') {
      next.starts.push(reading.starts[match.index] ?? 0);
      next.ends.push(reading.ends[end - 1] ?? 0);
    }
    from = end;
  }
  take(from, reading.text.length);
  return next;
}

function read(text: string, withoutTags: boolean): Reading {
  let reading: Reading = {
    text,
    starts: Array.from({ length: text.length }, (_, at) => at),
    ends: Array.from({ length: text.length }, (_, at) => at + 1),
  };
  for (let round = 0; round < ROUNDS; round++) reading = reread(reading, ESCAPES, unescaped);
  if (withoutTags) reading = reread(reading, TAGS, () => '');
  return reread(reading, NO_LETTERS, () => '');
}

/** The same letters as {@link read}, without their places: nearly every text has no secret in it. */
function mayHoldCore(text: string, withoutTags: boolean): boolean {
  let core = text;
  for (let round = 0; round < ROUNDS && /[%\\&]/.test(core); round++) {
    core = core.replace(ESCAPES, (...groups: string[]) => unescaped(groups));
  }
  if (withoutTags) core = core.replace(TAGS, '');
  core = core.replace(NO_LETTERS, '').toLowerCase();
  return [...cores].some((secret) => core.includes(secret));
}

function withoutCores(text: string, withoutTags: boolean): string {
  if (!mayHoldCore(text, withoutTags)) return text;
  const { text: letters, starts, ends } = read(text, withoutTags);
  // A letter whose lower case is longer would move all places behind it.
  const lower = letters.replace(/./gsu, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });
  const hidden: Array<{ start: number; end: number }> = [];
  for (const core of cores) {
    for (let at = lower.indexOf(core); at >= 0; at = lower.indexOf(core, at + core.length)) {
      hidden.push({ start: starts[at] ?? 0, end: ends[at + core.length - 1] ?? 0 });
    }
  }
  let clean = '';
  let from = 0;
  for (const { start, end } of hidden.sort((a, b) => a.start - b.start)) {
    if (start >= from) clean += text.slice(from, start) + MASK;
    from = Math.max(from, end);
  }
  return clean + text.slice(from);
}

/** Removes every remembered secret, and the value of any `api_key=` parameter, from a text that people may see. */
export function redact(text: string): string {
  let clean = text;
  for (const form of forms) clean = withoutForm(clean, form);
  if (cores.size > 0) clean = withoutCores(withoutCores(clean, false), true);
  return clean.replace(/(api_key(?:=|%3d))[^&\s"'<>]+/gi, `$1${MASK}`);
}
