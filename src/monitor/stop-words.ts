import { STOP_TEXT } from '../pipeline/problems.js';
import type { Stop, StopReason } from '../store/stops.js';

/** What starts a stopped key or campaign again. */
const ENDS: Record<StopReason, string> = {
  rate_limit: 'goes on by itself then',
  unreachable: 'a run tries again with one request after that, or at once: drason retry --held --now',
  auth: 'put the right key in place; the next drason retry --held tries it',
  cdn_block: 'try from another address, or ask Smartlead to let this one in; the next drason retry --held tries it',
  redirect: 'correct smartlead.base_url; the next drason retry --held tries it',
  credit_limit: 'goes on then, or with drason retry --held --now once there are credits again',
  campaign_not_found: 'correct the id in the rules file, or make the campaign; the next drason retry --held tries it',
  request_at_fault: 'do what the message says; the next drason retry --held tries it',
};

/** Why something is stopped, in words: the reason, and what Smartlead said. */
export function whyStopped({ reason, message }: Stop): string {
  return `${STOP_TEXT[reason]} (${message})`;
}

/** What starts it again, in words. */
export function endOfStop({ reason }: Stop): string {
  return ENDS[reason];
}
