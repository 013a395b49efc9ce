import type { ReviewSign } from '../lead.js';

/** What a sign says, and what to do about it: one line for a lead's `last_error`. */
function sentenceOf({ column, value, why }: ReviewSign): string {
  const says = `column "${column}" says "${value}"`;
  switch (why) {
    case 'unclear':
      return `${says}, which drason does not understand: map it (--map unsubscribed=…, bounced=…, verifier=…) or say that it means nothing (ignore)`;
    case 'no_consent':
      return `${says}: no consent to be mailed (--map ignore="${column}" says that the column means nothing)`;
    case 'not_to_mail':
      return `${says}: not a person to mail (--map ignore="${column}" says that the column means nothing)`;
  }
}

/** Why a person has to look at a lead, by the first of its signs; undefined: nothing asks for it. */
export function reviewSentence(signs: readonly ReviewSign[] | undefined): string | undefined {
  const [first, ...others] = signs ?? [];
  if (first === undefined) return undefined;
  return others.length === 0 ? sentenceOf(first) : `${sentenceOf(first)}; and ${others.length} more`;
}
