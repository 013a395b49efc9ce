import { HOLDS } from '../holds.js';
import type { HoldReason, Lead } from '../lead.js';
import { type Decider, type Decision, decide } from '../pipeline/decide.js';
import { destinationOf, reasonOf } from '../pipeline/explain.js';
import type { LeadHistory } from '../store/leads/lead-history.js';
import { campaignWords, sentence } from '../text/words.js';
import { type AdviceSettings, SKIPS_OTHER_CAMPAIGNS } from './hold-advice.js';
import { explainNew } from './old-decisions.js';
import type { DecisionStory, Suggest } from './story-types.js';

/** What today's gate and rules would do with a lead, beside where it stands. */
export interface Today {
  /** Why today's rules could not be looked at; null when they were. */
  not_looked: string | null;
  decision: DecisionStory | null;
  /** A campaign's id, `held`, `blocked`, or null where the rules could not be looked at. */
  destination: string | null;
  /** Today's answer is not what the lead's state shows. */
  differs: boolean;
  text: string;
  /** What makes it so; null where nothing is to be done, or no command can do it. */
  command: string | null;
}

/** Flags with which a retry takes up a lead held for this reason, whatever its waiting time. */
function retryFlags(reason: HoldReason): Record<string, string | boolean> {
  const { retriedBy, hasWait } = HOLDS[reason];
  if (retriedBy === 'include_refused') return { 'include-refused': true };
  if (retriedBy !== 'any') return { reason };
  return hasWait ? { now: true } : {};
}

interface Answer {
  differs: boolean;
  text: string;
  command?: string;
}

function ofActive(history: LeadHistory, decision: Decision, again: string, skips: boolean): Answer {
  const { lead, memberships, campaigns } = history;
  if (decision.status === 'BLOCKED') {
    const text = `Today it would be blocked (${reasonOf(decision)}). That takes nobody out of a campaign; in Smartlead you can.`;
    return { differs: true, text };
  }
  const { campaignId } = decision;
  if (campaignId === null) return { differs: true, text: 'Today no rule would match it. It stays in its campaign.' };
  const inIt = memberships.some(({ campaign_id }) => campaign_id === campaignId);
  if (!inIt) {
    const where = campaignWords(campaignId, campaigns);
    // Else the lead would end up held as in_other_campaign.
    const first = skips ? ` Set ${SKIPS_OTHER_CAMPAIGNS} to false first, or Smartlead skips it.` : '';
    const text = `Today's rules would send it to ${where}, which it is not in. Ingested again with --again, it is added there, too.${first}`;
    return { differs: true, text, command: again };
  }
  if (campaignId === lead.assigned_campaign_id) return { differs: false, text: "Today's rules would do the same." };
  return { differs: false, text: `Today's rules name campaign ${campaignId}; it is in that one, too.` };
}

function ofBlocked(decision: Decision, ingest: string): Answer {
  if (decision.status === 'BLOCKED') return { differs: false, text: 'Today it would be blocked, too.' };
  const to = decision.campaignId === null ? 'wait in the holding pool' : `go to campaign ${decision.campaignId}`;
  return { differs: true, text: `Today it would not be blocked, but ${to}. Ingest it again.`, command: ingest };
}

function ofHeld(history: LeadHistory, decision: Decision, reason: HoldReason, retry: string): Answer {
  const { lead, memberships, campaigns } = history;
  const settling = lead.attempt_id !== null || reason === 'unknown';
  const same = decision.campaignId === lead.assigned_campaign_id;
  let change: string | undefined;
  if (decision.status === 'BLOCKED') change = `be blocked (${reasonOf(decision)})`;
  else if (decision.review !== undefined)
    change = reason === 'review' ? undefined : `be held for review: ${decision.review}`;
  else if (decision.campaignId === null)
    change = reason === 'no_route' ? undefined : 'wait in the holding pool: no rule matches';
  else if (memberships.some(({ campaign_id }) => campaign_id === decision.campaignId)) {
    change = `count as ACTIVE: it is in campaign ${decision.campaignId} already`;
  } else if (!same) change = `go to ${campaignWords(decision.campaignId, campaigns)}`;
  else if (decision.refusal !== undefined && reason !== 'refused') change = `be held as refused: ${decision.refusal}`;
  else if (decision.refusal === undefined && refusedUnsent(history)) change = 'be sent: it keeps within the limit now';
  if (change === undefined) return { differs: false, text: "Today's rules would do the same." };
  const first = settling ? ' What has become of its push is settled first; then it is decided again.' : '';
  return { differs: true, text: `${sentence(`today it would ${change}`)}${first}`, command: retry };
}

/** Whether the lead is held as refused without ever having been sent. */
export function refusedUnsent({ lead, audit }: LeadHistory): boolean {
  if (lead.hold_reason !== 'refused') return false;
  const last = audit.findLast(({ action }) => action !== 'updated');
  return typeof last?.details === 'object' && last.details !== null && 'refused' in last.details;
}

/** What today's gate and rules would do. `decider` is a sentence where they could not be looked at. Pure. */
export function todayOf(
  history: LeadHistory,
  decider: Decider | string,
  about: { file: string; settings: AdviceSettings | undefined },
  suggest: Suggest,
): Today {
  if (typeof decider === 'string') {
    const text = sentence(`today's rules could not be looked at: ${decider}`);
    return { not_looked: decider, decision: null, destination: null, differs: false, text, command: null };
  }
  const lead: Lead & LeadHistory['lead'] = history.lead;
  const decision = decide(lead, history.suppressedFor, decider);
  const ingest = (again: boolean) => suggest('ingest', again ? { again: true } : {}, [about.file]);
  let answer: Answer;
  if (lead.status === 'ACTIVE')
    answer = ofActive(history, decision, ingest(true), about.settings?.skipsOtherCampaigns ?? true);
  else if (lead.hold_reason === null) answer = ofBlocked(decision, ingest(false));
  else {
    const flags = { held: true, ...retryFlags(lead.hold_reason), email: lead.email };
    answer = ofHeld(history, decision, lead.hold_reason, suggest('retry', flags));
  }
  return {
    not_looked: null,
    decision: explainNew(decision, lead, decider),
    destination: destinationOf(decision),
    differs: answer.differs,
    text: answer.text,
    command: answer.command ?? null,
  };
}
