/** What in an answer speaks against believing the rest of it. */
import { canonicalAddress } from '../address.js';
import { type AddLeadsAnswer, addLeadsAnswerSchema } from './answers.js';

export interface Doubts {
  /** It says in so many words that the request failed. */
  failed: boolean;
  /** `ok: false`, or no success: what credits that are used up explain. */
  notOk: boolean;
  /** What it calls its error, where that is text. */
  error: string | undefined;
  /** It counts something that drason does not know: the known counters may not be the whole truth. */
  oddCounter: boolean;
  /** How many leads were left out by names drason does not know, such as `failed_count`. */
  leftOutOddly: number;
  /** Addresses in parts of the answer that drason does not know. */
  mentioned: ReadonlySet<string>;
}

const plainName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
const KNOWN_NAMES = new Map(Object.keys(addLeadsAnswerSchema.shape).map((name) => [plainName(name), name]));
/** Names of counters and lists that mean "not in the campaign", whatever exactly they mean. */
const LEAVING =
  /fail|error|reject|refus|denied|abort|roll(?:ed)?back|discard|drop|remov|delet|skip|exclud|invalid|block|bounc|unsub|stop|dryrun|notadded|pending|queued/;
const GOOD_STATUS = /^(?:ok|success|succeeded|successful|complete|completed|done|created|200|201)$/i;
const BAD_MESSAGE =
  /\b(?:fail(?:ed|ure)?|errors?|not|cannot|can't|could|couldn't|unable|invalid|denied|reject(?:ed)?|wrong|exceeded)\b/i;

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  if (typeof value === 'object') return Object.keys(value).length === 0;
  return value === 0 || value === '' || value === '0';
}

/** How many leads a value speaks of; undefined for what is no number of anything. */
function amount(value: unknown): number | undefined {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  if (typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}$/.test(value))) return Number(value);
  return undefined;
}

function addMentioned(value: unknown, to: Set<string>): void {
  if (typeof value === 'string' && value.length < 400 && value.includes('@')) to.add(canonicalAddress(value));
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name.length < 400 && name.includes('@')) to.add(canonicalAddress(name));
    addMentioned(inner, to);
  }
}

/** Whether something known is said twice, and differently: under a name written in another way, or further inside. */
function saidDifferently(known: string, value: unknown, answer: AddLeadsAnswer): boolean {
  if (known === 'message' || known === 'status' || known === 'campaign_id') return false;
  if (known === 'ok' || known === 'success') return value === false;
  if (known === 'error') return !isNothing(value);
  return JSON.stringify(value) !== JSON.stringify(answer[known]);
}

/** Reads the parts of an answer that drason does not know, at any depth. */
function readUnknown(part: object, answer: AddLeadsAnswer, doubts: Doubts): void {
  for (const [name, value] of Object.entries(part)) {
    const known = KNOWN_NAMES.get(plainName(name));
    if (part === answer && name === known) continue;
    if (known && saidDifferently(known, value, answer)) doubts.failed = true;
    if (isNothing(value)) continue;
    const count = amount(value);
    if (LEAVING.test(plainName(name))) {
      if (count === undefined || count < 0) doubts.failed = true;
      else doubts.leftOutOddly += count;
    }
    if (count !== undefined) doubts.oddCounter = true;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) readUnknown(value, answer, doubts);
  }
}

/** Finds what speaks against an answer. `campaignId`: the campaign it must be about, where it names one. */
export function doubtsAbout(answer: AddLeadsAnswer, campaignId: string | undefined): Doubts {
  const { error, status, message, campaign_id: about } = answer;
  const mentioned = new Set<string>();
  const text = typeof error === 'string' ? error.trim() : undefined;
  const badMessage = typeof message === 'string' && BAD_MESSAGE.test(message.slice(0, 2_000));
  const doubts: Doubts = {
    failed:
      (text === undefined && !isNothing(error)) ||
      badMessage ||
      (!isNothing(status) && !GOOD_STATUS.test(String(status))) ||
      (campaignId !== undefined && !isNothing(about) && String(about).trim() !== campaignId),
    notOk: answer.ok === false || answer.success === false,
    error: text === '' ? undefined : text,
    oddCounter: (answer.duplicate_count ?? 0) > 0,
    leftOutOddly: 0,
    mentioned,
  };
  readUnknown(answer, answer, doubts);
  for (const [name, value] of Object.entries(answer))
    if (!KNOWN_NAMES.has(plainName(name))) addMentioned(value, mentioned);
  const {
    newlyAddedLeads: _new,
    existingLeads: _old,
    existingLeadsInOtherCampaigns: _other,
    ...odd
  } = answer.emailToLeadIdMap ?? {};
  addMentioned(odd, mentioned);
  return doubts;
}
