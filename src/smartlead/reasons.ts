import { lineOf } from './foreign-text.js';
import type { Verdict } from './verdict.js';

const refused = (message: string): Verdict => ({ kind: 'refused', message });
const IN_CAMPAIGN: Verdict = { kind: 'accepted', evidence: 'list', smartleadLeadId: null };

/**
 * The reasons on record for leaving a lead out, word for word. What is worded otherwise may mean another campaign, or
 * the opposite ("exists but lead not in this campaign"), and is believed by nobody.
 */
const REASONS: ReadonlyMap<string, Verdict> = new Map([
  ['lead already exists in campaign', IN_CAMPAIGN],
  ['lead exists in another campaign', { kind: 'in_other_campaign' }],
  ['lead limit exhausted', { kind: 'credit_limit' }],
  ['invalid email', refused('Smartlead says the address is invalid')],
  ['lead is unsubscribed', refused('Smartlead says the lead has unsubscribed')],
  ['lead is in the global block list', refused('Smartlead has the lead on its block list')],
  ['lead has bounced', refused('Smartlead has seen the address bounce')],
]);

/** What the reason given for a lead proves about it. */
export function verdictOfReason(reason: string): Verdict {
  const words = reason.slice(0, 200).toLowerCase().split(/\s+/).filter(Boolean).join(' ').replace(/\.$/, '');
  return REASONS.get(words) ?? { kind: 'unproven', byPushing: false, said: lineOf(reason) };
}
