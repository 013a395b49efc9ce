import type { HoldReason } from '../lead.js';

/** Each hold reason in words a user needs no code for. */
export const HOLD_TEXT: Record<HoldReason, string> = {
  no_route: 'no rule matches',
  queued: 'waiting for the push',
  review: 'waiting for someone to look at it',
  push_failed: 'the push failed and may work later',
  unknown: 'nothing proves yet whether it arrived; settled at the next retry',
  refused: 'Smartlead refuses the lead',
  in_other_campaign: 'Smartlead has the lead in another campaign and skipped it',
  campaign_not_found: 'Smartlead does not know the campaign',
  credit_limit: "Smartlead's credits are used up",
  auth: 'the key is missing or refused',
  gave_up: 'all attempts are used up',
  removed: 'no longer on the roster of the campaign',
};
