/** Is this an e-mail address at all? Syntax only: nothing here knows about reputation, and nothing asks the network. */
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';
import isEmail from 'validator/lib/isEmail.js';
import { canonicalHost } from '../address.js';
import { isOneSlip } from './typo.js';

/** The domain half, in the ASCII form that every list is compared with. */
export interface Domain {
  valid: true;
  /** Lower-case, international names as `xn--…`. */
  host: string;
  /** What its owner registered: `acme.co.uk` of `mail.acme.co.uk`; the host itself where it is a public suffix. */
  registrable: string;
  /** The public suffix below which it was registered: `com`, `co.uk`. */
  suffix: string;
}

/** Why a text is not an address, as half a sentence: `no @`, `top-level domain "cmo" does not exist`. */
export interface Invalid {
  valid: false;
  reason: string;
}

/** An address that could exist. */
export interface Address extends Domain {
  local: string;
}

const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
/** RFC 5321 allows a path of 256 octets, of which its angle brackets take two. */
const MAX_ADDRESS = 254;

// The fast paths: forms so plain that no library need be asked. The tests hold both against validator's verdict.
const PLAIN_LOCAL = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
const PLAIN_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;

const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
// Persian and Indic names are written with joiners; domainToASCII knows where they may stand.
const INVISIBLE_IN_DOMAIN = /[^\P{Default_Ignorable_Code_Point}\u200c\u200d]/u;

function invalid(reason: string): Invalid {
  return { valid: false, reason };
}

/**
 * Reads a normalised address. Exactly one @ is accepted, so a quoted local part cannot hold another one.
 * `readDomain` can be replaced by one that remembers its answers.
 */
export function parseAddress(
  email: string,
  readDomain: (host: string) => Domain | Invalid = parseDomain,
): Address | Invalid {
  const at = email.indexOf('@');
  if (at === -1) return invalid(email === '' ? 'it is empty' : 'no @');
  if (email.indexOf('@', at + 1) !== -1) return invalid('more than one @');
  const local = email.slice(0, at);
  const problem = localProblem(local);
  if (problem !== undefined) return invalid(problem);
  const domain = readDomain(email.slice(at + 1));
  if (!domain.valid) return domain;
  if (octets(email) > MAX_ADDRESS) return invalid(`longer than ${MAX_ADDRESS}`);
  return { valid: true, local, host: domain.host, registrable: domain.registrable, suffix: domain.suffix };
}

/** Reads the part after the @. */
export function parseDomain(written: string): Domain | Invalid {
  const plain = written.length <= MAX_DOMAIN && PLAIN_DOMAIN.test(written) && !/xn--/i.test(written);
  const host = plain ? written.toLowerCase() : canonicalHost(written);
  const problem = plain ? undefined : domainProblem(written, host);
  if (problem !== undefined) return invalid(problem);
  const { domain, isIcann, publicSuffix } = parse(host, { extractHostname: false });
  // The suffix list holds .onion, which no mail server can be reached under.
  if (!isIcann || publicSuffix === null || publicSuffix === 'onion') {
    return invalid(unknownTopLevel(host.slice(host.lastIndexOf('.') + 1)));
  }
  return { valid: true, host, registrable: domain ?? host, suffix: publicSuffix };
}

function localProblem(local: string): string | undefined {
  if (local.length <= MAX_LOCAL && PLAIN_LOCAL.test(local)) return undefined;
  const quoted = /^".*"$/s.test(local);
  if (local === '') return 'nothing before the @';
  if (octets(local) > MAX_LOCAL) return `local part longer than ${MAX_LOCAL}`;
  const hidden = CONTROL.exec(local) ?? INVISIBLE.exec(local);
  if (hidden) return `an invisible character (${codePoint(hidden[0])}) before the @`;
  if (quoted ? /[^\S ]/.test(local) : /\s/.test(local)) return 'a space before the @';
  if (!quoted && local.startsWith('.')) return 'local part begins with a dot';
  if (!quoted && local.endsWith('.')) return 'local part ends with a dot';
  if (!quoted && local.includes('..')) return 'two dots in a row before the @';
  return isEmail.default(`${local}@example.com`) ? undefined : 'a character before the @ that no address can hold';
}

/** What is wrong with a domain; its top-level domain is looked at later. */
function domainProblem(written: string, host: string): string | undefined {
  if (written === '') return 'nothing after the @';
  const hidden = CONTROL.exec(written) ?? INVISIBLE_IN_DOMAIN.exec(written);
  if (hidden) return `an invisible character (${codePoint(hidden[0])}) in the domain`;
  if (/\s/.test(written)) return 'a space in the domain';
  if (/^\[.*\]$|^\d{1,3}(\.\d{1,3}){3}$/.test(written)) return 'an IP address in place of a domain';
  if (written.startsWith('.')) return 'domain begins with a dot';
  if (written.endsWith('.')) return 'domain ends with a dot';
  if (written.includes('..')) return 'two dots in a row in the domain';
  if (!written.includes('.')) return `no dot in the domain "${written}"`;
  if (host.length > MAX_DOMAIN) return `domain longer than ${MAX_DOMAIN}`;
  const labels = host.split('.');
  if (labels.some((label) => label.length > 63)) return 'a part of the domain is longer than 63';
  if (labels.some((label) => label.startsWith('-') || label.endsWith('-'))) {
    return 'a part of the domain begins or ends with a hyphen';
  }
  const top = labels.at(-1) ?? '';
  if (/^\d+$|^.$/.test(top)) return unknownTopLevel(top);
  // Left over as it was: domainToASCII could not encode it.
  if (domainToASCII(host) === '' || /[^\0-\x7f]/.test(host)) return 'domain is not a valid international name';
  return isEmail.default(`a@${written}`) ? undefined : 'a character in the domain that no domain can hold';
}

function unknownTopLevel(top: string): string {
  const meant = ['com', 'net', 'org'].find((name) => isOneSlip(top, name));
  return `top-level domain "${top}" does not exist${meant ? ` (perhaps "${meant}")` : ''}`;
}

/** RFC 6531 counts the octets of the UTF-8 form, so an umlaut is two; below a third of the limit nothing can exceed it. */
function octets(text: string): number {
  return text.length * 3 <= MAX_LOCAL ? text.length : Buffer.byteLength(text);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
