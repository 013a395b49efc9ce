/** What a retry leaves held, and how each is lifted. */
import type { HoldReason } from '../lead.js';
import { countLeads } from '../store/queue/queue.js';
import type { RunContext } from './run-context.js';

/** How leads that are held for a reason go on: what to do first, where something is, and the command. */
const HOW_TO_LIFT: Readonly<Record<HoldReason, string>> = {
  no_route: 'change the rules, then: drason retry --held',
  queued: 'drason retry --held',
  review: 'look at them (drason leads --reason review), then: drason retry --held --reason review',
  push_failed: 'drason retry --held tries again when due, with --now at once',
  unknown: 'drason retry --held settles it when due, with --now at once',
  refused: 'correct them and ingest them again, or: drason retry --held --include-refused',
  in_other_campaign:
    'set ignore_duplicate_leads_in_other_campaign: false, then: drason retry --held --reason in_other_campaign',
  campaign_not_found: 'correct target_campaign_id in the rules, then: drason retry --held',
  credit_limit: 'add credits in Smartlead, then: drason retry --held --now',
  auth: 'correct the key, then: drason retry --held',
  gave_up: 'drason retry --held --reason gave_up',
  removed: 'to put them back: drason retry --held --reason removed',
};

/** The leads of an organization that are held when a retry ends, by reason, with how to lift each. */
export async function staysHeld({ store, config }: Pick<RunContext, 'store' | 'config'>) {
  const states = await countLeads(store, config.organization);
  return Object.fromEntries(
    states.flatMap(({ hold_reason: reason, n }) =>
      reason === null || n === 0 ? [] : [[reason, { leads: n, lift: HOW_TO_LIFT[reason] }]],
    ),
  );
}
