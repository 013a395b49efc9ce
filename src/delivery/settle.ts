import type { Evidence } from '../smartlead/evidence.js';
import type { KeyFailure, PushOutcome } from '../smartlead/failures.js';
import type { StoredLead } from '../store/leads/lead-rows.js';
import type { Claim } from '../store/queue/claim.js';
import type { AttemptSettlement, LeadSettlement } from '../store/queue/settlement.js';
import type { StopReason } from '../store/queue/stops.js';
import { CREDIT_STOP_MS, leadStates, type SettleContext } from './lead-states.js';
import { type Diagnosis, sampleGroup } from './refusals.js';

const OTHER_CAMPAIGN_ADVICE =
  'Smartlead has the lead in another campaign and skipped it; set smartlead.settings.ignore_duplicate_leads_in_other_campaign to false to attach such leads, then: drason retry --held --reason in_other_campaign';
/** Said where Smartlead's answer has no text of its own. */
export const CREDITS_GONE = "Smartlead's credits are used up";
const NO_EVIDENCE = 'Smartlead answered without saying what became of this lead';

const NOT_THERE = 'Smartlead does not have the lead in the campaign';
/** A reason that is on no record proves nothing, but people may know what it means: it stays with the lead. */
const SAID = 'Smartlead left the lead out, saying: ';

/** That a lead was not found, with the reason that the push before was given. */
function notThereText({ last_error: before }: StoredLead): string {
  const said = before?.startsWith(SAID) ? before.replace(`; ${NOT_THERE}`, '') : undefined;
  return said === undefined ? NOT_THERE : `${said}; ${NOT_THERE}`;
}

/** A key that answers is neither refused, nor blocked, nor out of reach. */
export const LIFTED_BY_ANSWER: readonly StopReason[] = ['auth', 'cdn_block', 'redirect', 'unreachable'];
const LIFTED_BY_SUCCESS: readonly StopReason[] = [...LIFTED_BY_ANSWER, 'credit_limit'];

/** Whether a lead is in the campaign, and what says so. */
export type Place =
  | { present: true; evidence: 'roster' | 'look_up'; smartleadLeadId: string | null }
  | { present: false };

/** What asking Smartlead about a claim's leads has brought. */
export interface Found {
  /** By address. A lead that is not here has not been asked about. */
  leads: Map<string, Place>;
  /** Smartlead has answered a request as it should. */
  answered: boolean;
  /** The run is to stop, the key is stopped, or others have taken the claim over: not all was asked. */
  brokenOff: boolean;
  /** What ended the asking early, and which addresses that request was about. */
  failure?: { reason: KeyFailure; asked: ReadonlySet<string> };
}

type Stop = NonNullable<AttemptSettlement['stop']>;
type States = ReturnType<typeof leadStates>;

/** That the credits are used up, in Smartlead's own words where it has any. */
function creditMessage({ counters }: Evidence): string {
  return typeof counters?.error === 'string' && counters.error !== '' ? counters.error : CREDITS_GONE;
}

/** What an answer stops, and for how long. */
export function stopFor(outcome: PushOutcome, campaignId: string): Stop | undefined {
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
        ? { campaignId: '', reason: 'credit_limit', message: creditMessage(outcome.evidence), forMs: CREDIT_STOP_MS }
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

function byVerdicts(claim: Claim, evidence: Evidence, to: States): LeadSettlement[] {
  const { verdicts } = evidence;
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
        return to.outOfCredits(lead, creditMessage(evidence));
      case 'unproven':
        if (!verdict.byPushing) return to.toLookUp(lead, verdict.said ? SAID + verdict.said : NO_EVIDENCE);
        return claim.step === 'push_again'
          ? to.unproven(lead, 'push_again', NO_EVIDENCE, to.group(half(open.indexOf(lead), open.length)))
          : to.unproven(lead, 'roster', NO_EVIDENCE, to.group(2));
      default:
        return verdict satisfies never;
    }
  });
}

/** A refused batch is taken apart until the lead that spoils it stands alone; only then is it `refused`. */
function takeApart(
  claim: Claim,
  { named, message }: Extract<PushOutcome, { kind: 'poisoned' }>,
  to: States,
  sample: number | undefined,
): LeadSettlement[] {
  const { leads } = claim;
  const [only] = leads;
  if (leads.length === 1 && only) return [to.held(only, 'refused', message)];
  const byName = named.length > 0 && named.length < leads.length;
  const unnamed = leads.filter((_, index) => !byName || !named.includes(index));
  const sampled = sample === undefined ? undefined : unnamed[Math.floor(sample * unnamed.length)];
  return leads.map((lead, index) => {
    if (lead === sampled) return to.again(lead, message, sampleGroup(claim.attemptId));
    if (!byName) return to.again(lead, message, to.group(half(index, leads.length)));
    return to.again(lead, message, to.group(named.indexOf(index) + 1));
  });
}

/** The request itself was refused: its leads are tried again later, when whatever is wrong with it has changed. */
function refusedRequest(leads: readonly StoredLead[], message: string, to: States): LeadSettlement[] {
  return leads.map((lead) => to.refusedRequest(lead, message));
}

function leadsAfter(claim: Claim, outcome: PushOutcome, diagnosis: Diagnosis, to: States, random: number) {
  const each = (settle: (lead: StoredLead) => LeadSettlement) => claim.leads.map(settle);
  switch (outcome.kind) {
    case 'evidence':
      return byVerdicts(claim, outcome.evidence, to);
    case 'poisoned':
      return diagnosis.kind === 'request' || diagnosis.kind === 'unproven'
        ? refusedRequest(claim.leads, outcome.message, to)
        : takeApart(claim, outcome, to, diagnosis.kind === 'in_doubt' ? random : undefined);
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
      return diagnosis.kind === 'halve'
        ? claim.leads.map((lead, index) => to.again(lead, outcome.message, to.group(half(index, claim.leads.length))))
        : each((lead) => to.failed(lead, 'unknown', outcome.message));
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
export function settlePush(
  claim: Claim,
  outcome: PushOutcome,
  diagnosis: Diagnosis,
  context: SettleContext,
): AttemptSettlement {
  const to = leadStates(claim, context);
  const message = outcome.kind === 'evidence' ? null : outcome.message;
  const atFault = diagnosis.kind === 'request';
  const stop: Stop | undefined = atFault
    ? { campaignId: claim.campaignId, reason: 'request_at_fault', message: message ?? '', forMs: null }
    : stopFor(outcome, claim.campaignId);
  const [lead] = claim.leads;
  const noted = diagnosis.kind === 'unproven' || diagnosis.kind === 'lead' ? diagnosis.message : undefined;
  return {
    outcome: outcome.kind,
    httpStatus: context.httpStatus,
    message,
    ...(lead && noted !== undefined
      ? { refusedAlone: { seq: lead.seq, id: lead.id, message: noted, pushAttempts: lead.push_attempts } }
      : {}),
    answer: outcome.kind === 'evidence' ? outcome.evidence.counters : undefined,
    leads: leadsAfter(claim, outcome, diagnosis, to, context.random),
    lift: liftedBy(outcome),
    ...(atFault ? { reopened: refusedRequest(diagnosis.before, message ?? '', to) } : {}),
    ...(stop ? { stop } : {}),
  };
}

/**
 * Turns what a look-up has found into the next states of a claim's leads. A lead that was not asked about, because a
 * failure or a stop ended the look-up before, stays `unknown` and keeps its attempts. What only the roster was asked
 * about is pushed again if it is not there. Pure.
 */
export function settleLookUp(
  claim: Claim,
  { leads: found, failure, answered, brokenOff }: Found,
  context: SettleContext,
): AttemptSettlement {
  const to = leadStates(claim, context);
  const reason = failure?.reason;
  const stop = reason && stopFor(reason, claim.campaignId);
  const byRoster = claim.step === 'roster' && failure === undefined && !brokenOff;
  const open = claim.leads.filter(({ email }) => !found.has(email));
  const leads = claim.leads.map((lead) => {
    const place = found.get(lead.email);
    if (place?.present) return to.accepted(lead, place);
    if (byRoster) {
      // Those it lacks go together, without the others; those it could not tell go by halves.
      const target = to.group(place ? 2 : half(open.indexOf(lead), open.length));
      return to.unproven(lead, 'push_again', NO_EVIDENCE, target);
    }
    if (place) return to.notThere(lead, notThereText(lead));
    if (reason?.kind === 'unknown' && failure?.asked.has(lead.email)) return to.failed(lead, 'unknown', reason.message);
    return to.backInLine(lead, reason?.message ?? 'the look-up was broken off');
  });
  return {
    outcome: reason?.kind ?? 'looked_up',
    httpStatus: context.httpStatus,
    message: reason?.message ?? null,
    answer: undefined,
    leads,
    lift: answered ? LIFTED_BY_ANSWER : [],
    ...(stop ? { stop } : {}),
  };
}
