/** Where an event says what happened: Smartlead's own field for it, or whatever a forwarder calls it. */
import { isRecord } from '../exact-json.js';
import { eventName, fold, meaningOf, meansSomething } from './event-words.js';

const OWN = ['eventtype', 'event', 'type'];
/** What else the field may be called. People and campaigns have names and types, too, so only a word of a stop counts there. */
const OTHERS =
  /^(event|webhook|hook|notification|record|message|activity|action|trigger|change|alert|lead|email|sub)?(name|kind|topic|action|type|event|code|label|title|trigger|activity|notification|what|happened|reason|result)$/;
/** In `event: { name: … }`, the field that names it. */
const INSIDE = ['name', 'type', 'eventtype', 'event', 'kind', 'value', 'label', 'code', 'key', 'id'];
/** Separators included. */
const LONGEST_KEY = 40;
const LONGEST_NAME = 200;
/** In a field that may hold prose, longer texts are no names. */
const LONGEST_OTHER = 60;

/** What a record says of the kind of event it is, as Smartlead writes it. */
interface Kinds {
  /** Under Smartlead's own names for it, the surest first. */
  own: string[];
  /** Under other names; each stops a lead, or lifts a stop. */
  others: string[];
}

/** The kinds that a record names. */
function kindsOf(record: Record<string, unknown>): Kinds {
  const own: Array<{ rank: number; name: string }> = [];
  const others: string[] = [];
  for (const [key, value] of Object.entries(record)) {
    if (key.length > LONGEST_KEY) continue;
    const folded = fold(key);
    const rank = OWN.indexOf(folded);
    if (rank === -1 && !OTHERS.test(folded)) continue;
    const text = textOf(value);
    const name = text === undefined ? '' : eventName(text.slice(0, LONGEST_NAME));
    if (text === undefined || name === '') continue;
    if (rank !== -1) own.push({ rank, name });
    else if (text.length <= LONGEST_OTHER && meaningOf(name) !== undefined) others.push(name);
  }
  return { own: own.sort((a, b) => a.rank - b.rank).map(({ name }) => name), others };
}

function textOf(value: unknown): string | undefined {
  const one = Array.isArray(value) ? value[0] : value;
  if (typeof one === 'string' || typeof one === 'number') return String(one);
  if (!isRecord(one)) return undefined;
  const texts = Object.entries(one).flatMap(([key, text]) => {
    const rank = INSIDE.indexOf(fold(key.slice(0, LONGEST_KEY)));
    return rank === -1 || typeof text !== 'string' ? [] : [{ rank, text }];
  });
  return texts.sort((a, b) => a.rank - b.rank)[0]?.text;
}

/**
 * The name of the event that records tell of together; empty: they name none. Forwarders put names of their own beside
 * Smartlead's (`event_type: webhook`), so the first that says something of the lead counts, and another field only where
 * none of Smartlead's says anything.
 */
export function kindOf(records: ReadonlyArray<Record<string, unknown>>): string {
  const kinds = records.map(kindsOf);
  const own = kinds.flatMap((one) => one.own);
  const others = kinds.flatMap((one) => one.others);
  return own.find((name) => meaningOf(name) !== undefined) ?? own.find(meansSomething) ?? others[0] ?? own[0] ?? '';
}
