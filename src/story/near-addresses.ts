import type { StoreContext } from '../store/engine/context.js';
import { knownAmong } from '../store/leads/address-lookups.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789._-+';
/** Longer ones are not worth the thousands of look-ups. */
const LONGEST = 100;
const SHOWN = 3;

/** Every text that one slip of the finger makes of this one: a character lost, doubled, swapped or wrong. */
export function oneSlipFrom(text: string): string[] {
  const found = new Set<string>();
  for (let i = 0; i <= text.length; i++) {
    const [head, tail] = [text.slice(0, i), text.slice(i)];
    found.add(head + tail.slice(1));
    if (tail.length > 1) found.add(head + tail.charAt(1) + tail.charAt(0) + tail.slice(2));
    for (const letter of LETTERS) {
      found.add(head + letter + tail);
      if (tail.length > 0) found.add(head + letter + tail.slice(1));
    }
  }
  found.delete(text);
  return [...found];
}

/** Leads whose address is one slip away: a couple of thousand looks into an index, however many leads there are. */
export async function nearAddresses(store: StoreContext, organization: string, email: string): Promise<string[]> {
  if (email.length > LONGEST) return [];
  return knownAmong(store, organization, oneSlipFrom(email), SHOWN);
}
