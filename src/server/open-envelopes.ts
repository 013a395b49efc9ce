/** What forwarders (Zapier, Make, n8n, Pipedream …) put round an event is opened here, and each event of a list taken out. */
import { isRecord, parseExact } from '../exact-json.js';
import { kindOf } from './event-kind.js';
import { fold, meansSomething } from './event-words.js';
import { isDeeperThan } from './json-depth.js';

type Fields = Record<string, unknown>;

/** An event as the records that tell of it: the one that names its kind first, then what is in that, then what is round it. */
export type Levels = readonly Fields[];

export interface Opened {
  /** Each event, and the part of the body that tells of it. */
  events: Array<{ levels: Levels; body: unknown }>;
  /** There are more events than may come in one body, more records than are looked through for them, or a record of very many fields. */
  tooMany: 'events' | 'fields' | undefined;
  /** What stands under `secret_key` in the event or in an envelope round it. */
  secrets: string[];
}

/** So many events may come in one body. */
export const MAX_EVENTS = 1000;

/** So many records are looked through. */
const MAX_RECORDS = 20_000;
/** Many fields are as much work as a record more. */
const FIELDS_A_RECORD = 5;
/** More fields has neither an event nor what is round it; each would be looked at several times. */
export const MAX_FIELDS_OF_RECORD = 5000;
/** Envelopes in envelopes; a JSON string is a level, too. */
const MAX_OPENED = 12;
const MAX_DEPTH = 32;
/** What an envelope says besides is kept with each of several events in full only up to this many characters. */
const MAX_BESIDE = 8192;
const SHORT_FIELDS = 20;

/** Fields that hold an event, or the rest of it, even where the record round them is one itself. */
const ENVELOPES = /^(body|bodyraw|rawbody|data|payload|events?|json|items|records|results?|leads)$/;

/** Text that is JSON as what it says; anything else as it is. */
export function unpacked(value: unknown): unknown {
  let inner = value;
  for (let times = 0; times < 3; times++) {
    if (typeof inner !== 'string' || !/^\s*["[{]/.test(inner) || isDeeperThan(inner, MAX_DEPTH)) return inner;
    try {
      inner = parseExact(inner);
    } catch {
      return inner;
    }
  }
  return inner;
}

/** How forwarders write the place of a field in its name: Zapier's `event__to_email`, others' `body.to_email`. */
const PLACE = /^\w+?(__|\.)\w/;

/** A record whose names say where each field was, as what it was before. */
function unflattened(value: unknown): unknown {
  if (!isRecord(value) || !Object.keys(value).some((key) => PLACE.test(key))) return value;
  const whole: Fields = Object.create(null);
  const opened = new Map<string, Fields>();
  for (const [key, inner] of Object.entries(value)) {
    const [outer = '', ...rest] = PLACE.test(key) ? key.split(/__|\./) : [key];
    const within = opened.get(outer) ?? whole[outer];
    if (rest.length === 0 || !(within === undefined || isRecord(within))) {
      whole[key] = inner;
      continue;
    }
    const fields = opened.get(outer) ?? { ...within };
    fields[rest.join('__')] = inner;
    opened.set(outer, fields);
    whole[outer] = fields;
  }
  return whole;
}

const hasKind = (level: Fields) => meansSomething(kindOf([level]));
const holdsFields = (value: unknown) => isRecord(value) || Array.isArray(value);

/** Opens a body. A record in which no event can be found counts as one. */
export function openEnvelopes(body: unknown): Opened {
  const opener = new Opener();
  const found = opener.open(body, 0, false);
  const known = new Set<string>();
  // Pipedream sends the body a second time, as text
  const events = found.length < 2 ? found : found.filter((levels) => isNew(known, JSON.stringify(levels)));
  const [only] = events;
  return {
    events:
      only && events.length === 1
        ? [{ levels: kindFirst(only), body }]
        : events.map((levels) => ({ levels: kindFirst(levels), body: nested(levels) })),
    tooMany: opener.isWide
      ? 'fields'
      : opener.records > MAX_RECORDS || events.length > MAX_EVENTS
        ? 'events'
        : undefined,
    secrets: opener.secrets,
  };
}

/** The body that one event of several would have had by itself; opened, it is the same event. */
function nested([inmost = {}, ...envelopes]: Levels): Fields {
  return envelopes.reduce<Fields>((inner, envelope) => {
    const key = ['body', 'data', 'payload'].find((name) => !Object.hasOwn(envelope, name)) ?? 'json';
    return { ...envelope, [key]: inner };
  }, inmost);
}

function isNew(known: Set<string>, text: string): boolean {
  const before = known.size;
  return known.add(text).size > before;
}

/** From inwards-out to the order of {@link Levels}. */
function kindFirst(levels: Levels): Levels {
  const at = levels.findIndex(hasKind);
  const named = levels[at];
  return named === undefined ? levels : [named, ...levels.slice(0, at), ...levels.slice(at + 1)];
}

class Opener {
  readonly secrets: string[] = [];
  records = 0;
  isWide = false;
  #left = MAX_EVENTS + 1;

  /** The events in a value, each as the records from the inmost outwards. */
  open(packed: unknown, depth: number, inEvent: boolean): Levels[] {
    if (this.#left <= 0 || depth > MAX_OPENED) return [];
    const read = unpacked(packed);
    this.isWide ||= isRecord(read) && Object.keys(read).length > MAX_FIELDS_OF_RECORD;
    if (this.isWide) return [];
    const value = unflattened(read);
    if (Array.isArray(value)) return value.flatMap((one) => this.open(one, depth + 1, inEvent));
    if (!isRecord(value)) return [];
    this.records += 1 + Math.floor(Object.keys(value).length / FIELDS_A_RECORD);
    if (this.records > MAX_RECORDS) return [];
    for (const [key, secret] of Object.entries(value)) {
      if (fold(key) === 'secretkey' && typeof secret === 'string') this.secrets.push(secret);
    }
    const inside = this.#inside(value, depth, inEvent || hasKind(value));
    if (inside.size === 0) {
      this.#left--;
      return [[value]];
    }
    const rest = Object.fromEntries(Object.entries(value).filter(([key]) => !inside.has(key)));
    const events = [...inside.values()].flat();
    const beside = events.length > 1 ? shortened(rest) : rest;
    return events.map((levels) => [...levels, beside]);
  }

  /** Which fields of a record hold events, or the rest of the one that it is. */
  #inside(record: Fields, depth: number, isEvent: boolean): Map<string, Levels[]> {
    const all: Array<[string, Levels[]]> = [];
    for (const [key, packed] of Object.entries(record)) {
      const isEnvelope = ENVELOPES.test(fold(key));
      const field = isEvent && !isEnvelope ? undefined : unpacked(packed);
      if (!holdsFields(field)) continue;
      const left = this.#left;
      const found = this.open(field, depth + 1, isEvent);
      const kept = isEnvelope ? found : found.filter((levels) => levels.some(hasKind));
      this.#left = left - kept.length;
      if (kept.length > 0) all.push([key, kept]);
    }
    const withKind = all.filter(([, found]) => found.some((levels) => levels.some(hasKind)));
    return new Map(withKind.length > 0 ? withKind : all);
  }
}

function shortened(rest: Fields): Fields {
  if (JSON.stringify(rest).length <= MAX_BESIDE) return rest;
  const short = Object.entries(rest).filter(
    ([key, value]) => !holdsFields(value) && key.length + String(value).length <= 256,
  );
  return Object.fromEntries(short.slice(0, SHORT_FIELDS));
}
