/** Texts that people and tools write where they have no e-mail address. */

/** Without an @ no text is an address; these are told apart only where they are beside one: `ada@acme.com / none`. */
const WORDS =
  /^(?:[\W_]*|#?n[./ ]?a\.?|none|null|nil|nan|undefined|unknown|empty|blank|missing|tb[acd]|not? .*|un(?:available|verified)|(?:keine?|ohne|k\. ?a|sin|sans|aucune?|néant|nessuna?|geen|brak|ingen|não|yok|нет)\b.*)$/iu;

/** Mailboxes, without their dots and hyphens, that nobody has: they say it themselves, whatever domain they are given. */
const SAYS_SO =
  /^(?:(?:no|kein|sin|without|missing|unknown|dummy|fake)e?mail(?:address|found|available|provided|given|yet)?|e?mail(?:address)?(?:notunlocked|notfound|notavailable|notprovided|unavailable|unknown|locked|missing)|not(?:available|provided|found|unlocked)|noaddress)$/;

/** Mailboxes that are a placeholder only at a domain that is one too: `na@kestrel.com` may be a person called Na. */
const VAGUE =
  /^(?:none|null|nil|nan|na|undefined|unknown|nobody|noone|noname|email|mail|name|user|username|your|yourname|youremail|no|keine|ohne|firstlast|firstnamelastname|test|dummy|fake|xxx+)$/;
const VAGUE_DOMAINS =
  /^(?:domain|yourdomain|yourcompany|company|email|angabe|none|null|nil|na|n-a|unknown|undefined|nowhere|no-?e?mail|no-?domain|test|xxx+)\.[a-z]+$/;

/** What is left for the slower look: nearly no address begins or goes on like this. */
const SUSPECT =
  /^(?:no|na|n[.-]a|ni|nu|un|e-?mail|mail|kein|sin|with|miss|dummy|fake|user|your|name|first|test|xxx)|@no-?email/;

/** Whether a text without an @ says that there is no address. */
export function isPlaceholderWord(text: string): boolean {
  return WORDS.test(text);
}

/**
 * Whether a canonical address is a known placeholder: `email_not_unlocked@domain.com`, `noemail@…`, `none@none.com`. A
 * person who could exist never is: `test@example.com` and `na@kestrel.com` are ordinary.
 */
export function isPlaceholderAddress(address: string): boolean {
  if (!SUSPECT.test(address)) return false;
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const mailbox = address.slice(0, at).replace(/[._-]/g, '');
  if (SAYS_SO.test(mailbox) || /^no-?email(?:address)?\.[a-z]+$/.test(domain)) return true;
  return VAGUE.test(mailbox) && (VAGUE_DOMAINS.test(domain) || domain.slice(0, domain.indexOf('.')) === mailbox);
}
