/** What the words of Smartlead's events mean: the names of events, categories and states. By stems, negation first. */

/** What a name says of the lead. `lifted`: it says that a stop is over. */
export type Meaning = 'unsubscribed' | 'complained' | 'bounced' | 'soft bounce' | 'lifted';

/** A name without case, accents and separators: `Lead Email` and `lead_email` are one. */
export function fold(name: string): string {
  const plain = /^[\x20-\x7e]*$/.test(name) ? name : name.normalize('NFKD');
  return plain.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** A name as Smartlead writes them: `lead.unsubscribed` and `leadUnsubscribed` are LEAD_UNSUBSCRIBED. */
export function eventName(text: string): string {
  return text
    .trim()
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
}

const KINDS = ['eventtype', 'event', 'type'];
/** Separators included. */
const LONGEST_KIND = 20;

/**
 * The name of the event that a record is, as Smartlead writes it; empty: it has none. Forwarders put names of their own
 * beside it (`event_type: webhook`), so the first that says something of the lead counts.
 */
export function kindOf(record: Record<string, unknown>): string {
  const texts = Object.entries(record).flatMap(([key, value]) => {
    if (key.length > LONGEST_KIND) return [];
    const rank = KINDS.indexOf(fold(key));
    const text = Array.isArray(value) ? value[0] : value;
    if (rank === -1 || (typeof text !== 'string' && typeof text !== 'number')) return [];
    const name = eventName(String(text).slice(0, 200));
    return name === '' ? [] : [{ rank, name }];
  });
  return tellingOf(texts.sort((a, b) => a.rank - b.rank).map(({ name }) => name));
}

/** Of several names the first with a meaning, or else the first that is known; empty: there are none. */
export function tellingOf(names: readonly string[]): string {
  return names.find((name) => meaningOf(name) !== undefined) ?? names.find(meansSomething) ?? names[0] ?? '';
}

const LIFTED =
  /RE_?SUBSCRIB|REOPT|OPT(ED)?_?(BACK_)?IN|UN_?(BLOCK|BLACK)|REMOVED?_FROM_|DELETED?_FROM_|(^|_)(NOT|NON|UNDO|UNDONE|CANCEL\w*|REVERT\w*|REVERS\w*|LIFTED|REINSTATED|NEVER)(_|$)/;
/** Negations that are themselves a stop, looked at before the others. */
const NEVER_AGAIN =
  /(DO_?|DO_?N_?T|DONT|NEVER|MUST|SHOULD|PLEASE)_?(NOT_?)?(EVER_?)?(CONTACT|E?_?MAIL|SEND|MESSAGE|REACH)|NO_(FURTHER_|MORE_)?(CONTACT|E?MAILS?)(_|$)|(NOT|NO_LONGER)_SUBSCRIBED|SUBSCRIPTION_(CANCEL|END|REVOK|REMOV|WITHDR)|CANCEL\w*_SUBSCRIPTION|CONSENT_(WITHDR|REVOK|REMOV)|(WITHDR\w*|REVOK\w*)_CONSENT|(^|_)(DNC|DNE|DNM)(_|$)|REMOVE_ME/;
const UNSUBSCRIBED = /UN_?SUB|DESUBSCRI|OPT(S|ED|ING)?_?OUT|(BLOCK|BLACK|DENY)_?LIST|SUPPRESS|GLOBAL(LY)?_BLOCK/;
/** Lists that the sender's own side is on. */
const SENDERS = /ACCOUNT|SENDER|MAILBOX|DOMAIN|(^|_)IP(_|$)|SERVER/;
const COMPLAINED = /COMPLA?I?N|SPAM|ABUSE|(^|_)FBL(_|$)|FEEDBACK_?LOOP|JUNK/;
const SPAM_TOOLS = /TEST|SCORE|CHECK|PLACEMENT|FILTER|FOLDER|WORDS|RATE|NO_SPAM|ANTI_?SPAM/;
const SOFT = /SOFT|TRANSIENT|TEMPORAR|DEFER|DELAY|THROTTL|GREY_?LIST|MAILBOX_FULL|OVER_QUOTA/;
/** About numbers of a campaign, not about a lead. */
const MEASURES = /(^|_)(RATES?|THRESHOLD|PROTECT\w*|LIMIT|STATS|STATISTICS|COUNT|PERCENT\w*)(_|$)/;

/** What a name means, as {@link eventName} writes it; undefined: nothing that stops a lead. */
export function meaningOf(name: string): Meaning | undefined {
  if (MEASURES.test(name)) return undefined;
  if (/REMOVED?_FROM_|DELETED?_FROM_/.test(name) && stem(name) !== undefined) return 'lifted';
  if (NEVER_AGAIN.test(name) && !/(^|_)(UNDO|UNDONE|CANCELLED|REVERTED|REVERSED|LIFTED)$/.test(name)) {
    return 'unsubscribed';
  }
  if (LIFTED.test(name)) return 'lifted';
  return stem(name);
}

function stem(name: string): Meaning | undefined {
  if (UNSUBSCRIBED.test(name) && (/UN_?SUB|OPT/.test(name) || !SENDERS.test(name))) return 'unsubscribed';
  if (NEVER_AGAIN.test(name)) return 'unsubscribed';
  if (COMPLAINED.test(name) && !SPAM_TOOLS.test(name)) return 'complained';
  if (/BOUNC/.test(name)) return SOFT.test(name) && !/HARD|PERMANENT/.test(name) ? 'soft bounce' : 'bounced';
  return undefined;
}

/** Whether `bounce_type` and its like say that the address may be good all the same. */
export const isSoft = (name: string): boolean => SOFT.test(name) && !/HARD|PERMANENT/.test(name);

/** Whether a name is one that Smartlead, or this file, knows: EMAIL_…, LEAD_…, CAMPAIGN_…, or one with a meaning. */
export function meansSomething(name: string): boolean {
  return /^(FIRST_)?(E_?MAIL|LEAD|CAMPAIGN|REPLY|MANUAL|UNTRACKED)_/.test(name) || meaningOf(name) !== undefined;
}
