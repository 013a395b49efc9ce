import { canonicalAddress } from '../address.js';
import { isRecord } from '../exact-json.js';
import { parseAddress } from '../health/address.js';
import { fold } from './event-words.js';
import { type Levels, unpacked } from './open-envelopes.js';

/** A field of an event, found at any depth outside of lists. */
export interface Field {
  /** Its name and those of the records it is in, folded and joined: `lead.email` and `lead_email` are one. */
  path: string;
  /** Its own name, folded. */
  name: string;
  /** How many records it is in. */
  depth: number;
  value: unknown;
}

const MAX_FIELDS = 2000;
const MAX_FIELD_DEPTH = 6;
/** Records about the sender's side, or about what was before, say nothing of the lead. */
const OTHERS =
  /^(from|sender|owner|mailbox|account|user|creator|client|replyto|cc|bcc|headers?|query|settings?|customfields?|previous|old|history|campaign$|campaignsettings)|(sender|owner)$/;

/** All fields of a record, those nearer to its top first. */
export function fieldsOf(record: Record<string, unknown>): Field[] {
  const fields: Field[] = [];
  let open = [{ record, path: '', depth: 0 }];
  while (open.length > 0) {
    const deeper: typeof open = [];
    for (const at of open) {
      for (const [key, packed] of Object.entries(at.record)) {
        const name = fold(key);
        if (OTHERS.test(name)) continue;
        const value = unpacked(packed);
        const field = { path: at.path + name, name, depth: at.depth, value };
        if (fields.push(field) >= MAX_FIELDS) return fields;
        if (isRecord(value) && at.depth < MAX_FIELD_DEPTH) {
          deeper.push({ record: value, path: field.path, depth: at.depth + 1 });
        }
      }
    }
    open = deeper;
  }
  return fields;
}

/** Where Smartlead names the lead, the surest first. Those that anybody's address may be called count at the top only. */
const NAMES: ReadonlyArray<{ path: string; atTop: boolean }> = [
  { path: 'slleademail', atTop: false },
  { path: 'leademail', atTop: false },
  { path: 'leaddataemail', atTop: false },
  { path: 'leadcorrespondencetargetleademail', atTop: false },
  { path: 'toemail', atTop: true },
  { path: 'to', atTop: true },
  { path: 'email', atTop: true },
];

/** The lead that an event is about, in the canonical form: the first name that holds a valid address. Undefined: none does. */
export function addressOf(levels: Levels): string | undefined {
  const all = levels.map(fieldsOf);
  for (const fields of all) {
    for (const { path, atTop } of NAMES) {
      for (const field of fields) {
        const named = atTop ? field.path === path : field.path.endsWith(path);
        const address = named ? readAddress(field.value) : undefined;
        if (address !== undefined) return address;
      }
    }
  }
  return undefined;
}

const MAX_TEXT = 4096;
/** How mail libraries call the address in a list of recipients. */
const IN_RECORD = ['email', 'address', 'emailaddress', 'value'];

function readAddress(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return readText(value.slice(0, MAX_TEXT));
  if (depth > 3) return undefined;
  if (Array.isArray(value)) return firstOf(value.slice(0, 100), (one) => readAddress(one, depth + 1));
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value);
  return firstOf(IN_RECORD, (name) =>
    firstOf(entries, ([key, one]) => (fold(key) === name ? readAddress(one, depth + 1) : undefined)),
  );
}

/** `a@b`, `Name <a@b>`, `mailto:a@b`, or several with commas between, of which the first valid one counts. */
function readText(text: string): string | undefined {
  const inBrackets = [...text.matchAll(/<([^<>]*)>/g)].map(([, inner]) => inner ?? '');
  return firstOf([text, ...inBrackets, ...text.split(/[,;\s]+/)], (one) => {
    const address = canonicalAddress(
      one
        .replace(/[\u200b\u2060\ufeff]/g, '')
        .trim()
        .replace(/^mailto:/i, '')
        .replace(/^["'<]+|["'>]+$/g, ''),
    );
    return parseAddress(address).valid ? address : undefined;
  });
}

function firstOf<T>(list: readonly T[], read: (one: T) => string | undefined): string | undefined {
  for (const one of list) {
    const found = read(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
