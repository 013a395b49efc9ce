/** The table of checks. Each is pure; together they are all that the gate knows to say about a lead. */
import type { VerifierVerdict } from '../lead.js';
import type { Address, Domain, Invalid } from './address.js';
import { hasBadReputation, isDisposable, roleOf } from './domain-lists.js';
import { meantProvider } from './typo.js';

export type SignalName =
  | 'syntax'
  | 'disposable'
  | 'verifier_invalid'
  | 'bounced'
  | 'role'
  | 'tld'
  | 'catch_all'
  | 'typo';

/** The signals whose penalty can be set; the others are RED at once. */
export type PenaltyKey = 'role' | 'tld' | 'catchAll' | 'typo';

/** A check that found something. */
export interface SignalHit {
  name: SignalName;
  /** Points taken off; 100 for a signal that is RED at once. */
  penalty: number;
  /** What it saw: the reason, the domain, the mailbox or the suggestion. */
  detail?: string;
}

/** What one check saw, or undefined when there is nothing to say. */
type Seen = { detail?: string } | undefined;

interface Wording {
  name: SignalName;
  /** RED at once, whatever else is true. */
  fatal?: true;
  penaltyKey?: PenaltyKey;
  /** For a user: what is wrong and what to do about it. The detail may be missing in what was stored long ago. */
  sentence: (detail: string | undefined) => string;
}

/** Asked once per domain, since the answer is the same for everyone there. */
export interface DomainSignal extends Wording {
  of: 'domain';
  find: (domain: Domain) => Seen;
}

/** Asked for every lead, so it has to be cheap. */
export interface LeadSignal extends Wording {
  of: 'lead';
  find: (address: Address | Invalid, verifier: VerifierVerdict | undefined) => Seen;
}

/** Every signal, in the order in which a verdict lists those of one kind. */
export const SIGNALS: readonly (DomainSignal | LeadSignal)[] = [
  {
    name: 'syntax',
    of: 'lead',
    fatal: true,
    find: (address) => (address.valid ? undefined : { detail: address.reason }),
    sentence: (detail) =>
      `This is not a valid e-mail address${detail ? `: ${detail}` : ''}. Correct it at its source and ingest it again.`,
  },
  {
    name: 'verifier_invalid',
    of: 'lead',
    fatal: true,
    find: (_address, verifier) => (verifier === 'invalid' ? {} : undefined),
    sentence: () =>
      "The row's own verifier column says that mail to this address must fail. Look for another address, or verify this one again.",
  },
  {
    name: 'bounced',
    of: 'lead',
    fatal: true,
    find: (_address, verifier) => (verifier === 'bounced' ? {} : undefined),
    sentence: () => "The lead's own row says that mail to this address bounced. Look for another address.",
  },
  {
    name: 'disposable',
    of: 'domain',
    fatal: true,
    find: ({ host, registrable }) => {
      const listed = [host, registrable].find(isDisposable);
      return listed === undefined ? undefined : { detail: listed };
    },
    sentence: (detail) =>
      `${detail ?? 'The domain'} hands out throw-away mailboxes. Look for a business address; if that is wrong, add the domain to health.allow.`,
  },
  {
    name: 'role',
    of: 'lead',
    penaltyKey: 'role',
    find: (address) => {
      const role = address.valid ? roleOf(address.local) : undefined;
      return role === undefined ? undefined : { detail: role };
    },
    sentence: (detail) =>
      `${detail ? `${detail}@` : 'This'} is a shared mailbox, not a person's. Look for the address of a person in that company.`,
  },
  {
    name: 'catch_all',
    of: 'lead',
    penaltyKey: 'catchAll',
    find: (_address, verifier) => (verifier === 'risky' ? {} : undefined),
    sentence: () =>
      "The row's own verifier column calls this address risky or catch-all: nobody knows whether it exists. Confirm it before you rely on it.",
  },
  {
    name: 'tld',
    of: 'domain',
    penaltyKey: 'tld',
    find: ({ suffix }) => (hasBadReputation(suffix) ? { detail: suffix } : undefined),
    sentence: (detail) =>
      `Domains under ${detail ? `.${detail}` : 'this ending'} are used for spam far more often than others. If you know the company, add its domain to health.allow.`,
  },
  {
    name: 'typo',
    of: 'domain',
    penaltyKey: 'typo',
    find: ({ host }) => {
      const meant = meantProvider(host);
      return meant === undefined ? undefined : { detail: meant };
    },
    sentence: (detail) =>
      `The domain looks like a typo${detail ? ` of ${detail}` : ''}. Correct the address at its source; if it is right, add the domain to health.allow.`,
  },
];

/** A signal as a sentence that says what is wrong and what to do. */
export function explainSignal(hit: Omit<SignalHit, 'name'> & { name: string }): string {
  const signal = SIGNALS.find(({ name }) => name === hit.name);
  return signal ? signal.sentence(hit.detail) : `The signal "${hit.name}" is not one that this version knows.`;
}
