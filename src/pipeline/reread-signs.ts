import { applySign } from '../intake/row-signals.js';
import { rereadSign, type SignFields } from '../intake/stop-signs/sign-fields.js';
import type { Lead, ReviewSign } from '../lead.js';

/**
 * A held lead with its stop signs read once more, by what the rules file says of their columns now. Signs whose column
 * it does not name stay. The lead itself comes back where nothing has changed.
 */
export function withSignsReread<L extends Lead>(lead: L, fields: SignFields): L {
  if (!lead.review?.length) return lead;
  const next: L = { ...lead };
  const review: ReviewSign[] = [];
  for (const sign of lead.review) {
    const said = rereadSign(sign, fields);
    if (said === 'unread') review.push(sign);
    else if (said !== 'clear') applySign(next, said);
  }
  if (review.length === lead.review.length) return lead;
  next.review = review;
  return next;
}
