/** Domains that look like a slip of the finger for a big mailbox provider. */
import { run } from '@zootools/email-spell-checker';
import { BIG_PROVIDERS, KNOWN_DOMAINS } from './domain-lists.js';

/** Endings that exist, that `.com` becomes when a letter is lost, and under which the big providers have no mailboxes. */
const SLIPS_OF_COM = new Set(['co', 'cm', 'om']);
/** Among shorter names one letter makes another real company: aol and aon, gmx and gm, live and olive. */
const SHORTEST_NAME = 5;

const providers = new Set(BIG_PROVIDERS);
/** Providers that a name could be a slip of, by first letter, length and ending: almost every host has none. */
const candidates = new Map<string, string[]>();
for (const provider of BIG_PROVIDERS) {
  const [name, ending] = cutAtDot(provider);
  if (name.length < SHORTEST_NAME) continue;
  for (const length of [name.length - 1, name.length, name.length + 1]) {
    const key = `${name[0]}${length}.${ending}`;
    candidates.set(key, [...(candidates.get(key) ?? []), provider]);
  }
}

/**
 * The big provider that was probably meant, or undefined. Careful rather than clever, for a wrong correction lowers a
 * real company: the first letter must be right and one slip is all that is forgiven, either in the name or in `.com`.
 * `host` is lower-case.
 */
export function meantProvider(host: string): string | undefined {
  if (KNOWN_DOMAINS.has(host)) return undefined;
  const [name, ending] = cutAtDot(host);
  if (SLIPS_OF_COM.has(ending) && providers.has(`${name}.com`)) return `${name}.com`;
  const domains = candidates.get(`${name[0]}${name.length}.${ending}`);
  if (domains === undefined) return undefined;
  // Its own lists are switched off, for they "correct" mac.com, email.com and yahoo.co.in.
  const suggestion = run({ email: `a@${host}`, domains, secondLevelDomains: [], topLevelDomains: [] });
  return suggestion && isOneSlip(host, suggestion.domain) ? suggestion.domain : undefined;
}

/** Whether one letter too many, too few, wrong, or two neighbours swapped make the one text of the other. */
export function isOneSlip(written: string, meant: string): boolean {
  let start = 0;
  while (start < written.length && written[start] === meant[start]) start++;
  let end = 0;
  const longest = Math.min(written.length, meant.length) - start;
  while (end < longest && written.at(-1 - end) === meant.at(-1 - end)) end++;
  const left = written.slice(start, written.length - end);
  const right = meant.slice(start, meant.length - end);
  if (left.length <= 1 && right.length <= 1) return left !== right;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

function cutAtDot(host: string): [name: string, ending: string] {
  const dot = host.indexOf('.');
  return [host.slice(0, dot), host.slice(dot + 1)];
}
