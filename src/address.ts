/** The one form in which addresses and hosts are compared and stored. Whether a text is an address at all is decided in health/. */
import { domainToASCII } from 'node:url';

/**
 * An address in its canonical form: trimmed, NFKC, lower case, the domain in ASCII (`xn--…`). This form identifies a
 * lead inside an organization; evidence, rosters, look-ups, suppressions and duplicates compare it. Text that is no
 * address comes back trimmed and in lower case.
 */
export function canonicalAddress(text: string): string {
  const written = text.trim();
  // Nearly every address is plain ASCII and needs no more than this.
  if (/^[\x21-\x7e]*$/.test(written) && !/xn--/i.test(written)) return written.toLowerCase();
  const address = written.normalize('NFKC').toLowerCase();
  const at = address.lastIndexOf('@') + 1;
  return at === 0 ? address : address.slice(0, at) + canonicalHost(address.slice(at));
}

/** A host in lower case, international names as `xn--…`. Text that is no domain name comes back in lower case. */
export function canonicalHost(written: string): string {
  const host = written.toLowerCase();
  // Only international names go this way: domainToASCII would also decode %41 and read numbers as IP addresses.
  return /[^\0-\x7f]|xn--/.test(host) ? domainToASCII(host) || host : host;
}
