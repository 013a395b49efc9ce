import type { Verdict } from '../smartlead/evidence.js';
import type { KeyFailure, PushOutcome } from '../smartlead/failures.js';
import type { Claim } from '../store/claims.js';
import type { StoredLead } from '../store/lead-rows.js';
import type { AttemptSettlement, LeadSettlement } from '../store/settling.js';
import type { StopReason } from '../store/stops.js';
import { CREDIT_STOP_MS, leadStates, type SettleContext } from './lead-states.js';

const OTHER_CAMPAIGN_ADVICE =
  'Smartlead has the lead in another campaign and skipped it; set smartlead.settings.ignore_duplicate_leads_in_other_campaign to false to attach such leads, then: drason retry --held --reason in_other_campaign';
const NO_EVIDENCE = 'Smartlead answered without saying what became of this lead';

/** A key that answers is neither refused, nor blocked, nor out of reach. */
const LIFTED_BY_ANSWER: readonly StopReason[] = ['auth', 'cdn_block', 'redirect', 'unreachable'];
const LIFTED_BY_SUCCESS: readonly StopReason[] = [...LIFTED_BY_ANSWER, 'credit_limit'];

type Stop = NonNullable<AttemptSettlement['stop']>;
type States = ReturnType<typeof leadStates>;

/** What an answer stops, and for how long. */
function stopFor(outcome: PushOutcome, campaignId: string): Stop | undefined {
  switch (outcome.kind) {
    case 'auth':
    case 'cdn_block':
    case 'redirect':
      return { campaignId: '', reason: outcome.kind, message: outcome.message, forMs: null };
    case 'campaign_not_found':
      return { campaignId, reason: 'campaign_not_found', message: outcome.message, forMs: null };
    case 'rate_limited':
      return { campaignId: '', reason: 'rate_limit', message: outcome.message, forMs: outcome.waitMs };
    case 'evidence':
      return outcome.evidence.creditsGone
        ? { campaignId: '', reason: 'credit_limit', message: "Smartlead's credits are used up", forMs: CREDIT_STOP_MS }
        : undefined;
    default:
      return undefined;
  }
}

/** The stop that several failures in a row call for: a little over a minute, so that processes come back one by one. */
export function unreachableStop(message: string, random: number): Stop {
  return { campaignId: '', reason: 'unreachable', message, forMs: 61_000 + random * 5_000 };
}

/** Splitting: the first half of several leads goes into one group, the second into another. */
const half = (place: number, of: number) => (place < of / 2 ? 0 : 1);

function byVerdicts(claim: Claim, verdicts: readonly Verdict[], to: States): LeadSettlement[] {
  const open = claim.leads.filter((_, index) => verdicts[index]?.kind === 'unproven');
  return claim.leads.map((lead, index) => {
    const verdict = verdicts[index] ?? { kind: 'unproven', byPushing: false };
    switch (verdict.kind) {
      case 'accepted':
        return to.accepted(lead, verdict);
      case 'refused':
        return to.held(lead, 'refused', verdict.message);
      case 'in_other_campaign':
        return to.held(lead, 'in_other_campaign', OTHER_CAMPAIGN_ADVICE);
      case 'credit_limit':
        return to.outOfCredits(lead);
      case 'unproven':
        return verdict.byPushing
          ? to.again(lead, 'unknown', NO_EVIDENCE, half(open.indexOf(lead), open.length))
          : to.toLookUp(lead, NO_EVIDENCE);
      default:
        return verdict satisfies never;
    }
  });
}

/** A refused batch is taken apart until the lead that spoils it stands alone; only then is it `refused`. */
function takeApart(claim: Claim, named: readonly number[], message: string, to: States): LeadSettlement[] {
  const [only] = claim.leads;
  if (claim.leads.length === 1 && only) return [to.held(only, 'refused', message)];
  const byName = named.length > 0 && named.length < claim.leads.length;
  return claim.leads.map((lead, index) => {
    const n = byName ? named.indexOf(index) + 1 : half(index, claim.leads.length);
    return to.again(lead, 'queued', message, n);
  });
}

function leadsAfter(claim: Claim, outcome: PushOutcome, to: States): LeadSettlement[] {
  const each = (settle: (lead: StoredLead) => LeadSettlement) => claim.leads.map(settle);
  switch (outcome.kind) {
    case 'evidence':
      return byVerdicts(claim, outcome.evidence.verdicts, to);
    case 'poisoned':
      return takeApart(claim, outcome.named, outcome.message, to);
    case 'auth':
    case 'campaign_not_found': {
      const reason = outcome.kind;
      return each((lead) => to.stopped(lead, reason, outcome.message));
    }
    case 'rate_limited':
    case 'no_lead_ids':
      return each((lead) => to.backInLine(lead, outcome.message));
    case 'conflict':
      return each((lead) => to.toLookUp(lead, outcome.message));
    case 'cdn_block':
    case 'redirect':
    case 'not_sent':
      return each((lead) => to.notSent(lead, outcome.message));
    case 'unknown':
      return each((lead) => to.failed(lead, 'unknown', outcome.message));
    default:
      return outcome satisfies never;
  }
}

function liftedBy(outcome: PushOutcome): readonly StopReason[] {
  switch (outcome.kind) {
    case 'evidence':
      return outcome.evidence.verdicts.some(({ kind }) => kind === 'accepted') && !outcome.evidence.creditsGone
        ? LIFTED_BY_SUCCESS
        : LIFTED_BY_ANSWER;
    case 'poisoned':
    case 'no_lead_ids':
    case 'campaign_not_found':
    case 'rate_limited':
    case 'conflict':
      return LIFTED_BY_ANSWER;
    default:
      return [];
  }
}

/** Turns the result of one push into the next state of each of its leads. Pure. */
export function settlePush(claim: Claim, outcome: PushOutcome, context: SettleContext): AttemptSettlement {
  const stop = stopFor(outcome, claim.campaignId);
  return {
    outcome: outcome.kind,
    httpStatus: context.httpStatus,
    message: outcome.kind === 'evidence' ? null : outcome.message,
    answer: outcome.kind === 'evidence' ? outcome.evidence.counters : undefined,
    leads: leadsAfter(claim, outcome, leadStates(claim, context)),
    lift: liftedBy(outcome),
    ...(stop ? { stop } : {}),
  };
}

/**
 * Turns a look-up of a claim's leads, in their order, into their next states. `found` ends where `failure`, or a stop
 * of the key, ended the look-up; the leads after that stay `unknown`. Pure.
 */
export function settleLookUp(
  claim: Claim,
  found: ReadonlyArray<{ present: boolean; smartleadLeadId: string | null }>,
  failure: KeyFailure | undefined,
  context: SettleContext,
): AttemptSettlement {
  const to = leadStates(claim, context);
  const stop = failure && stopFor(failure, claim.campaignId);
  const leads = claim.leads.map((lead, index) => {
    const answer = found[index];
    if (answer?.present) return to.accepted(lead, { evidence: 'look_up', smartleadLeadId: answer.smartleadLeadId });
    if (answer) return to.failed(lead, 'push_failed', 'Smartlead does not have the lead in the campaign');
    if (failure?.kind === 'unknown') return to.failed(lead, 'unknown', failure.message);
    return to.backInLine(lead, failure?.message ?? 'the key was stopped');
  });
  return {
    outcome: failure ? failure.kind : 'looked_up',
    httpStatus: context.httpStatus,
    message: failure?.message ?? null,
    answer: undefined,
    leads,
    lift: found.length > 0 ? LIFTED_BY_ANSWER : [],
    ...(stop ? { stop } : {}),
  };
}
