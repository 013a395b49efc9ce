import type { ReviewSign } from '../lead.js';
import { counted } from '../text/wording.js';

/** A column with stop signs that somebody has to look at. */
export interface SignCount {
  column: string;
  leads: number;
  /** Some of the texts, and how often each came. */
  texts: Map<string, number>;
}

/** What a sign says, and what to do about it: one line for a lead's `last_error`. */
function sentenceOf({ column, value, why }: ReviewSign): string {
  const says = `column "${column}" says "${value}"`;
  switch (why) {
    case 'unclear':
      return `${says}, which drason does not understand: name the column under fields: in the rules file (unsubscribed, bounced, verifier, or ignore if it says nothing about mailing)`;
    case 'no_consent':
      return `${says}: no consent to be mailed; if the column is not about mailing, add it to fields: ignore in the rules file`;
    case 'not_to_mail':
      return `${says}: not a person to mail; if the column is not about mailing, add it to fields: ignore in the rules file`;
  }
}

/** Why a person has to look at a lead, by the first of its signs; undefined: nothing asks for it. */
export function reviewSentence(signs: readonly ReviewSign[] | undefined): string | undefined {
  const [first, ...others] = signs ?? [];
  if (first === undefined) return undefined;
  return others.length === 0 ? sentenceOf(first) : `${sentenceOf(first)}; and ${others.length} more`;
}

const SHOWN_TEXTS = 3;

/** One line a column whose cells hold leads for review: how many, what they say, and what settles them. */
export function signProblems(signs: ReadonlyMap<string, SignCount>): string[] {
  return [...signs.values()].map(({ column, leads, texts }) => {
    const often = [...texts].sort(([, a], [, b]) => b - a);
    const shown = often.slice(0, SHOWN_TEXTS).map(([text, n]) => `"${text}" (${n})`);
    if (often.length > SHOWN_TEXTS) shown.push('and others');
    return `${counted(leads, 'lead')} held for review: column "${column}" says ${shown.join(', ')}; name the column under fields: in the rules file or with --map (unsubscribed, bounced, verifier, or ignore if it says nothing about mailing)`;
  });
}
