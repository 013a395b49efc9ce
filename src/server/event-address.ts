import { isRecord } from '../exact-json.js';
import { parseAddress } from '../health/address.js';
import { readAddress } from '../intake/read-address.js';
import { fold } from './event-words.js';
import { type Levels, unpacked } from './open-envelopes.js';

/** A field of an event, found at any depth outside of lists. */
export interface Field {
  /** Its name and those of the records it is in, folded and joined: `lead.email` and `lead_email` are one. */
  path: string;
  /** Its own name, folded; of `optout: { value: … }` the record's. */
  name: string;
  /** How many records it is in. */
  depth: number;
  value: unknown;
}

const MAX_FIELDS = 2000;
const MAX_FIELD_DEPTH = 6;
/** Records about the sender's side, or about what was before, say nothing of the lead. */
const OTHERS =
  /^(from|sender|owner|mailbox|inbox|smtp|account|user|actor|assign|createdby|updatedby|creator|client|replyto|cc|bcc|headers?|query|settings?|customfields?|previous|old|history|campaign$|campaignsettings)|(sender|owner)$/;

/** All fields of a record, those nearer to its top first. */
export function fieldsOf(record: Record<string, unknown>): Field[] {
  const fields: Field[] = [];
  let open = [{ record, path: '', name: '', depth: 0 }];
  while (open.length > 0) {
    const deeper: typeof open = [];
    for (const at of open) {
      for (const [key, packed] of Object.entries(at.record)) {
        const own = fold(key);
        if (OTHERS.test(own)) continue;
        const value = unpacked(packed);
        const name = own === 'value' && at.name !== '' ? at.name : own;
        const field = { path: at.path + own, name, depth: at.depth, value };
        if (fields.push(field) >= MAX_FIELDS) return fields;
        if (isRecord(value) && at.depth < MAX_FIELD_DEPTH) {
          deeper.push({ record: value, path: field.path, name: own, depth: at.depth + 1 });
        }
      }
    }
    open = deeper;
  }
  return fields;
}

/** Where Smartlead and its forwarders name the lead, the surest first. Those that anybody's address may be called count at the top only. */
const NAMES: ReadonlyArray<{ path: RegExp; atTop: boolean }> = [
  { path: /slleademail$/, atTop: false },
  { path: /leademail$/, atTop: false },
  { path: /leaddataemail$/, atTop: false },
  { path: /leadcorrespondencetargetleademail$/, atTop: false },
  { path: /^toemail$/, atTop: true },
  { path: /^to$/, atTop: true },
  { path: /^email$/, atTop: true },
  {
    path: /(leads?|contacts?|prospects?|recipients?|persons?|subscribers?|members?|customers?|destinations?)(data|info)?(e?mail)?(address)?$/,
    atTop: false,
  },
  { path: /^(to|e?mail)(address|to)?$/, atTop: true },
];

/** The lead that an event is about, in the canonical form: the first name that holds a valid address. Undefined: none does. */
export function addressOf(levels: Levels): string | undefined {
  const all = levels.map(fieldsOf);
  for (const fields of all) {
    for (const { path, atTop } of NAMES) {
      for (const field of fields) {
        if (atTop && field.depth > 0) continue;
        const address = path.test(field.path) ? readAddressIn(field.value) : undefined;
        if (address !== undefined) return address;
      }
    }
  }
  return undefined;
}

/**
 * The address in fields whose names say nothing, if there is one alone; where there are more, the one in a field that is
 * called an address. Undefined: nobody could tell which of them is the lead.
 */
export function anyAddressOf(fields: readonly Field[]): string | undefined {
  const found = new Set<string>();
  const called = new Set<string>();
  for (const { name, value } of fields) {
    const address = isRecord(value) ? undefined : readAddressIn(value);
    if (address === undefined) continue;
    found.add(address);
    if (/mail|address/.test(name)) called.add(address);
  }
  const [only] = found.size === 1 ? found : called.size === 1 ? called : [];
  return only;
}

const MAX_TEXT = 4096;
/** How mail libraries call the address in a list of recipients. */
const IN_RECORD = ['email', 'address', 'emailaddress', 'value', 'mail'];

/** The address in a text, in a list of recipients, or in a recipient's record; of several the first. */
export function readAddressIn(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return readText(value.slice(0, MAX_TEXT));
  if (depth > 3) return undefined;
  if (Array.isArray(value)) return firstOf(value.slice(0, 100), (one) => readAddressIn(one, depth + 1));
  if (!isRecord(value)) return undefined;
  const entries = Object.entries(value);
  return firstOf(IN_RECORD, (name) =>
    firstOf(entries, ([key, one]) => (fold(key) === name ? readAddressIn(one, depth + 1) : undefined)),
  );
}

/** As in a lead file; `a@b <c@d>` is c@d, whatever name it goes by, and of several the first counts. */
function readText(text: string): string | undefined {
  if (!text.includes('@') && !text.includes('%')) return undefined;
  const read = readAddress(/<([^<>]*@[^<>]*)>/.exec(text)?.[1] ?? text);
  const all = typeof read === 'string' ? [read] : 'several' in read ? read.several : [];
  return all.find((address) => parseAddress(address).valid);
}

function firstOf<T>(list: readonly T[], read: (one: T) => string | undefined): string | undefined {
  for (const one of list) {
    const found = read(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
