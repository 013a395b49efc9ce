import type { VerifierVerdict } from '../lead.js';

const INVALID = words(`
  invalid invalidemail emailinvalid invaliddomain invalidsyntax bounced bounce hardbounce hardbounced donotmail
  undeliverable notdeliverable spamtrap abuse unavailable notfound doesnotexist mailboxnotfound mailboxdoesnotexist
  nomailbox rejected disposable toxic dead
`);
const RISKY = words('catchall acceptall acceptsall okforall risky extrapolated guessed lowdeliverability questionable');
const VALID = words('valid verified deliverable safe');
/** What a CRM's status may say about the address; its other words (`Bad Fit`, `Rejected`) are about the deal. */
const STATUS_INVALID = words('bounced bounce hardbounce hardbounced donotmail invalidemail emailinvalid');
const UNSUBSCRIBED = words(`
  unsubscribed unsubscribe unsubscribedfromallemail globallyunsubscribed optedout optout hasoptedout
  donotcontact donotemail dnc
`);
const YES = words('true 1 yes y x t');
/** What an unsubscribed column holds for people who have not. */
const NOT_UNSUBSCRIBED = words(
  'false 0 no n f none never null nan na n/a unknown notset nein non nej subscribed optedin active',
);
/** Instantly writes what became of an address as a number. */
const INSTANTLY_VERIFICATION: Readonly<Record<string, VerifierVerdict>> = {
  '-1': 'invalid',
  '-2': 'risky',
  '-3': 'risky',
};

/** What a verifier's word means for mailing; `unknown`, `unverified` and words that nobody knows say nothing. */
export function verifierVerdict(value: string): VerifierVerdict | undefined {
  const word = normalizeWord(value);
  if (INVALID.has(word)) return 'invalid';
  if (VALID.has(word)) return 'valid';
  return RISKY.has(word) ? 'risky' : INSTANTLY_VERIFICATION[value.trim()];
}

/** How bad a verdict is: of several the worst counts. */
const BADNESS: Readonly<Record<VerifierVerdict, number>> = { valid: 0, risky: 1, invalid: 2 };

/** The worse of two verdicts. */
export function worseVerdict(a: VerifierVerdict | undefined, b: VerifierVerdict): VerifierVerdict {
  return a !== undefined && BADNESS[a] > BADNESS[b] ? a : b;
}

/** A column that answers whether the domain takes mail for anybody: yes, or the word itself. */
export function catchAllVerdict(value: string): VerifierVerdict | undefined {
  return YES.has(normalizeWord(value)) ? 'risky' : verifierVerdict(value);
}

/** What a status column says about the address, if anything. */
export function statusVerdict(value: string): VerifierVerdict | undefined {
  return STATUS_INVALID.has(normalizeWord(value)) ? 'invalid' : undefined;
}

/** Whether a word in a verifier's or a status column says that the person must not be mailed. */
export function saysUnsubscribed(value: string): boolean {
  return UNSUBSCRIBED.has(normalizeWord(value));
}

/**
 * Whether an unsubscribed column says so: anything but a no (yes, ja, a reason, the date on which it happened), because
 * a person who is left out by mistake costs less than one who is mailed by mistake.
 */
export function isUnsubscribedFlag(value: string): boolean {
  const word = normalizeWord(value);
  return word !== '' && !NOT_UNSUBSCRIBED.has(word);
}

/** Instantly's codes for a lead that is out: bounced or not interested (−1), unsubscribed or wrong person (−2). */
export function isInstantlyOut(value: string): boolean {
  return value === '-1' || value === '-2';
}

function normalizeWord(value: string): string {
  return value.toLowerCase().replace(/[\s_-]+/g, '');
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}
