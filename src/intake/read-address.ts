import { canonicalAddress } from '../address.js';
import { isPlaceholderAddress } from './placeholder-address.js';
import { quote, visible } from './quote.js';
import { unwrapAddresses } from './unwrap-address.js';

/** A text that names nobody, as it is written ('' for a blank), or more than one address. */
export type NoAddress = { none: string } | { several: readonly string[] };

/** Nearly every cell: nothing is wrapped round it, and nothing in it can be read in another way. */
const PLAIN = /^\w[\w.+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}$/i;

/**
 * Reads what stands where an e-mail address should be: the one address in it, canonical, without the wrapping that leaves
 * no doubt (`mailto:`, `Ada <ada@acme.com>`, `["ada@acme.com"]`); or that there is none, or more than one. A text with an
 * @ that is no address comes back as it is: that is for the health gate to say.
 */
export function readAddress(text: string): string | NoAddress {
  if (PLAIN.test(text)) {
    const address = canonicalAddress(text);
    return isPlaceholderAddress(address) ? { none: text } : address;
  }
  const written = text.trim();
  const { addresses, doubt } = unwrapAddresses(written);
  const [first, second] = addresses;
  if (second !== undefined) return { several: addresses };
  if (doubt) return canonicalAddress(written);
  return first ?? { none: written };
}

/** Whether nothing can be wrapped round an address: in most files each one is so. */
export function isPlain(address: string): boolean {
  return PLAIN.test(address);
}

/** Why a row without an address, or with several, is no lead. */
export function noAddressReason(read: NoAddress): string {
  if ('none' in read)
    return read.none === '' ? 'no e-mail address' : `no e-mail address: the cell says ${quote(read.none)}`;
  const shown = read.several.slice(0, 5).map((address) => visible(address, 80));
  const more = read.several.length - shown.length;
  const last = more > 0 ? `${more} more` : shown.pop();
  return `${read.several.length === 2 ? 'two' : read.several.length} e-mail addresses in one cell: ${shown.join(', ')} and ${last}; keep one`;
}
