/** What the words of Smartlead's events mean: the names of events, categories and states. By stems, negation first. */
import { readWords } from '../intake/stop-signs/value-words.js';
import { foldedWords } from '../intake/stop-signs/words.js';

/** What a name says of the lead. `lifted`: it says that a stop is over. */
export type Meaning = 'unsubscribed' | 'complained' | 'bounced' | 'soft bounce' | 'lifted';

/** A name without case, accents and separators: `Lead Email` and `lead_email` are one. */
export function fold(name: string): string {
  // nearly every name is plain, and bodies may hold very many
  return /^[a-z0-9_]*$/.test(name) ? name.replaceAll('_', '') : foldedWords(name).join('');
}

/** A name as Smartlead writes them: `lead.unsubscribed` and `leadUnsubscribed` are LEAD_UNSUBSCRIBED. */
export function eventName(text: string): string {
  return foldedWords(text).join('_').toUpperCase();
}

const LIFTED =
  /RE_?SUBSCRIB|REOPT|OPT(ED)?_?(BACK_)?IN|UN_?(BLOCK|BLACK)|REMOVED?_FROM_|DELETED?_FROM_|(^|_)(NOT|NON|UNDO|UNDONE|CANCEL\w*|REVERT\w*|REVERS\w*|LIFTED|REINSTATED|NEVER)(_|$)|(BLOCK|LIST|SUPPRESSION)_(REMOVED|DELETED)$/;
/** Negations that are themselves a stop, looked at before the others. */
const NEVER_AGAIN =
  /(DO_?|DO_?N_?T|DONT|NEVER|MUST|SHOULD|PLEASE)_?(NOT_?)?(EVER_?)?(CONTACT|E?_?MAIL|SEND|MESSAGE|REACH)|NO_(FURTHER_|MORE_)?(CONTACT|E?MAILS?)(_|$)|(NOT|NO_LONGER)_SUBSCRIBED|SUBSCRIPTION_(CANCEL|END|REVOK|REMOV|WITHDR)|CANCEL\w*_SUBSCRIPTION|CONSENT_(WITHDR|REVOK|REMOV)|(WITHDR\w*|REVOK\w*)_CONSENT|(^|_)(DNC|DNE|DNM)(_|$)|REMOVE_ME/;
const UNSUBSCRIBED = /UN_?SUB|DESUBSCRI|OPT(S|ED|ING)?_?OUT|(BLOCK|BLACK|DENY)_?LIST|SUPPRESS|GLOBAL(LY)?_BLOCK/;
const BLOCKED = /(^|_)(BLOCK(ED|S)?|BANNED)(_|$)/;
/** What may be blocked besides a lead. */
const OTHER_BLOCKS = /IMAGE|PIXEL|TRACK|CONTENT|CALENDAR|TIME|LINK|ATTACHMENT|CAMPAIGN|LOGIN|PAYMENT|BUILDING/;
/** Lists that the sender's own side is on. */
const SENDERS = /ACCOUNT|SENDER|MAILBOX|DOMAIN|(^|_)IP(_|$)|SERVER|INBOX|WEBHOOK|API/;
const LEADS = /LEAD|CONTACT|PROSPECT|RECIPIENT|SUBSCRIBER|PERSON/;
const isSenders = (name: string) => SENDERS.test(name) && !LEADS.test(name);
/** Bounces that are not called so. */
const UNDELIVERABLE =
  /UNDELIVER|NON_?DELIVER|(NOT|NEVER)_DELIVERED|DELIVERY_(STATUS_)?(FAIL|ERROR|IMPOSSIBLE)|FAILED_DELIVERY|(HARD|PERM(ANENT(LY)?)?)_?(FAIL|ERROR|REJECT)|FAIL\w*_PERMANENT|(^|_)NDR(_|$)|MAIL_RETURNED|RETURNED_(MAIL|TO_SENDER)|(INVALID|BAD|DEAD|WRONG)_(E?MAIL|ADDRESS|RECIPIENT|MAILBOX)|(RECIPIENT|ADDRESS|USER|MAILBOX|E?MAIL)_(NOT_FOUND|UNKNOWN|INVALID|REJECTED|DOES_NOT_EXIST)|NO_SUCH_(USER|MAILBOX)/;
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
  if (UNDELIVERABLE.test(name)) return bounce(name);
  if (LIFTED.test(name)) return 'lifted';
  return stem(name) ?? inOtherWords(name);
}

/** As a cell of a lead file is read: other languages, and wordings of CRMs and sequencers. */
function inOtherWords(name: string): Meaning | undefined {
  if (isSenders(name) || /(^|_)REMOVE(_|$)/.test(name)) return undefined;
  const said = readWords(name);
  if (said === undefined || said.strength === 'verifier') return undefined;
  if (said.sign === 'opted_out') return 'unsubscribed';
  return said.sign === 'bounced' ? 'bounced' : undefined;
}

function stem(name: string): Meaning | undefined {
  // on the suppression list because it bounced
  if (/SUPPRESS/.test(name) && /BOUNC/.test(name)) return bounce(name);
  if (UNSUBSCRIBED.test(name) && (/UN_?SUB|OPT/.test(name) || !isSenders(name))) return 'unsubscribed';
  if (BLOCKED.test(name) && !isSenders(name) && !OTHER_BLOCKS.test(name)) return 'unsubscribed';
  if (NEVER_AGAIN.test(name)) return 'unsubscribed';
  if (COMPLAINED.test(name) && !SPAM_TOOLS.test(name)) return 'complained';
  return /BOUNC/.test(name) ? bounce(name) : undefined;
}

const bounce = (name: string): Meaning => (isSoft(name) ? 'soft bounce' : 'bounced');

/** Whether `bounce_type` and its like say that the address may be good all the same. */
export const isSoft = (name: string): boolean => SOFT.test(name) && !/HARD|PERMANENT/.test(name);

/** Whether a name is one that Smartlead, or this file, knows: EMAIL_…, LEAD_…, CAMPAIGN_…, or one with a meaning. */
export function meansSomething(name: string): boolean {
  return /^(FIRST_)?(E_?MAIL|LEAD|CAMPAIGN|REPLY|MANUAL|UNTRACKED)_/.test(name) || meaningOf(name) !== undefined;
}
