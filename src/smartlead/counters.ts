import { redact } from '../redact.js';
import type { AddLeadsAnswer } from './answers.js';

/** What is kept of an answer: counters that drason knows, lists as their lengths, and what the answer calls its error. */
export type Counters = Partial<Record<(typeof NAMES)[number] | 'error', number | boolean | string>>;

const NAMES = [
  'ok',
  'success',
  'upload_count',
  'total_leads',
  'added_count',
  'already_added_to_campaign',
  'duplicate_count',
  'invalid_email_count',
  'invalid_emails',
  'unsubscribed_leads',
  'block_count',
  'bounce_count',
  'skipped_in_other_campaign_count',
  'is_lead_limit_exhausted',
  'lead_import_stopped_count',
  'skipped_count',
  'skipped_leads',
] as const;

/** The sign of an address, in every way it may be written. */
const ADDRESS_SIGN = /@|\uff20|\ufe6b|%40|%2540|u0040|&#0*64;|&#x0*40;|&commat;|\(at\)|\[at\]/i;

/** An error in at most 300 characters; one that may hold an address is not kept. */
function errorText(error: string): string {
  if (ADDRESS_SIGN.test(error)) return '(a text with an address in it)';
  return redact(error.slice(0, 10_000)).slice(0, 300);
}

/** Names that drason does not know are not kept: they may be addresses, or the key. */
export function countersOf(answer: AddLeadsAnswer): Counters {
  const counters: Counters = {};
  for (const name of NAMES) {
    const value = answer[name];
    if (value !== undefined) counters[name] = Array.isArray(value) ? value.length : value;
  }
  if (typeof answer.error === 'string') counters.error = errorText(answer.error);
  return counters;
}
