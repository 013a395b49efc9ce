import type { Stop, StopReason } from '../store/queue/stops.js';
import { STOP_TEXT } from './problems.js';

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

/** The same for somebody who looks at a page of the service, and can lift the stop there. */
const AT_THE_PAGE: Record<StopReason, string> = {
  rate_limit: 'It goes on by itself then; there is nothing to do.',
  unreachable: 'One request tries by itself whether Smartlead is back. Lift it to try at once.',
  auth: 'Put the right key in place and restart drason serve (a key in a file is read again each minute). If the key is right after all, lift it; one lead tries it by itself, ever more rarely, at least once an hour.',
  cdn_block:
    'Serve from another address, or ask Smartlead to let this one in, then lift it; one lead tries it by itself, ever more rarely, at least once an hour.',
  redirect: 'Correct smartlead.base_url and restart drason serve.',
  credit_limit: 'See to credits in Smartlead, then lift it; else it goes on by itself then.',
  campaign_not_found:
    'Make the campaign in Smartlead, then lift it (one lead tries it by itself, ever more rarely, at least once an hour); or correct the id in the rules file and restart drason serve.',
  request_at_fault:
    'Do what the message says, then lift it; one lead tries it by itself, ever more rarely, at least once an hour.',
};

/** Why something is stopped, in words: the reason, and what Smartlead said. */
export function whyStopped({ reason, message }: Stop): string {
  return `${STOP_TEXT[reason]} (${message})`;
}

/** What starts it again, in words. */
export function endOfStop({ reason }: Stop): string {
  return ENDS[reason];
}

/** What starts it again, in sentences for a page that can lift it. */
export function endAtThePage({ reason }: Stop): string {
  return AT_THE_PAGE[reason];
}
