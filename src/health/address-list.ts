/** The allow-list and the block-list of a rules file: addresses and domains, asked for every lead. */
import { canonicalAddress, canonicalHost } from '../address.js';

/** An entry that names an address, and whether it named exactly this one. */
export interface ListMatch {
  /** As the user wrote it. */
  entry: string;
  exact: boolean;
}

/**
 * Reads a list once and answers for many addresses. A domain names its subdomains too; `@acme.com` and `*.acme.com` are
 * other spellings of `acme.com`. The exact address comes before a domain, a longer domain before a shorter one.
 */
export function makeListMatcher(entries: readonly string[]): (email: string) => ListMatch | undefined {
  if (entries.length === 0) return () => undefined;
  const addresses = new Map<string, string>();
  const domains = new Map<string, string>();
  for (const entry of entries) {
    const text = entry
      .trim()
      .toLowerCase()
      .replace(/^@|^\*\.|\.$/g, '');
    const [list, key] = text.includes('@') ? [addresses, canonicalAddress(text)] : [domains, canonicalHost(text)];
    if (text !== '' && !list.has(key)) list.set(key, entry);
  }

  return (email) => {
    const address = canonicalAddress(email);
    const exact = addresses.get(address);
    if (exact !== undefined) return { entry: exact, exact: true };
    if (domains.size === 0) return undefined;
    let domain = address.slice(address.lastIndexOf('@') + 1);
    while (true) {
      const entry = domains.get(domain);
      if (entry !== undefined) return { entry, exact: false };
      const dot = domain.indexOf('.');
      if (dot === -1) return undefined;
      domain = domain.slice(dot + 1);
    }
  };
}
