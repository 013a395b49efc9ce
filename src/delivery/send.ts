import type { HttpResult } from '../smartlead/exchange.js';
import { type Pushed, type PushOutcome, readPushResult, restAskedFor } from '../smartlead/failures.js';
import { type PushFlags, toWireLead } from '../smartlead/wire.js';
import type { Claim } from '../store/queue/claim.js';
import { holdsLeads, holdsLease, othersWait } from '../store/queue/claims.js';
import { failsForThese } from '../store/queue/failing-groups.js';
import { giveBack } from '../store/queue/rate-budget.js';
import { refusedBefore } from '../store/queue/refusals.js';
import type { AttemptSettlement } from '../store/queue/settlement.js';
import { settleAttempt } from '../store/queue/settling.js';
import { leadStates, type SettleContext } from './lead-states.js';
import { lookUp } from './look-up.js';
import { type Diagnosis, type Refusals, withoutLead } from './refusals.js';
import type { Sender } from './sender.js';
import { settleLookUp, settlePush, unreachableStop } from './settle.js';

/** Counts failures in a row and adds the stop that too many of them call for. */
function withBreaker(sender: Sender, { campaignId }: Claim, settlement: AttemptSettlement): AttemptSettlement {
  const { store, run, breaker } = sender;
  const pauses = breaker.note(campaignId, settlement.outcome, () => othersWait(store, run, campaignId));
  if (pauses === undefined || settlement.stop) return settlement;
  const stop = unreachableStop(settlement.message ?? '', sender.random());
  return { ...settlement, stop: pauses === 'campaign' ? { ...stop, campaignId } : stop };
}

/** Adds the pause that the answer's headers ask for, unless the answer stops the key by itself. */
function withRest(settlement: AttemptSettlement, restMs: number | undefined): AttemptSettlement {
  if (restMs === undefined || settlement.stop) return settlement;
  const message = "Smartlead's X-RateLimit headers say that the limit is used up";
  return { ...settlement, stop: { campaignId: '', reason: 'rate_limit', message, forMs: restMs } };
}

function settleContext(sender: Sender, httpStatus: number | null): SettleContext {
  return {
    now: sender.clock.now(),
    random: sender.random(),
    runId: sender.run.id,
    httpStatus,
    isDiverted: (lead) => sender.redecide?.(lead, undefined) !== undefined,
  };
}

/** Not a byte was written: the claim was over, or had lost a lead, when the request was about to leave. */
function tooLate(sender: Sender, claim: Claim): AttemptSettlement {
  const message = 'the claim was over before the request was sent';
  const { backInLine } = leadStates(claim, settleContext(sender, null));
  const leads = claim.leads.map((lead) => backInLine(lead, message));
  return { outcome: 'too_late', httpStatus: null, message, answer: undefined, leads, lift: [] };
}

/** A request that is too large was not looked at, for certain. */
const TOO_LARGE = 413;

function statusAndBody(result: HttpResult): { status: number; body: string } {
  return result.kind === 'answer' ? result : { status: 0, body: '' };
}

function readOutcome(result: HttpResult, pushed: Pushed, now: number): PushOutcome {
  const outcome = readPushResult(result, pushed, now);
  return outcome.kind === 'unknown' && statusAndBody(result).status === TOO_LARGE
    ? { kind: 'poisoned', named: [], message: outcome.message }
    : outcome;
}

/** What a refusal comes from: of a lead that was sent alone, other runs and processes know more than this one. */
async function diagnose(
  sender: Sender,
  claim: Claim,
  { outcome, status, body }: { outcome: PushOutcome; status: number; body: string },
  refusals: Refusals,
): Promise<Diagnosis> {
  const isBatch = claim.leads.length > 1;
  if (isBatch && status === TOO_LARGE) return { kind: 'leads' };
  const diagnosis = refusals.diagnose(claim, outcome);
  if (isBatch && outcome.kind === 'unknown' && status >= 500) {
    return (await failsForThese(sender.store, sender.keyId, claim, status)) ? { kind: 'halve' } : diagnosis;
  }
  const [lead] = claim.leads;
  if (outcome.kind !== 'poisoned' || diagnosis.kind === 'request' || !lead || isBatch) return diagnosis;
  const scope = { organization: sender.run.organization, keyId: sender.keyId, campaignId: claim.campaignId };
  const before = await refusedBefore(sender.store, scope, lead, withoutLead(outcome.message, lead.email));
  return refusals.judge(claim, outcome, body, before);
}

async function push(
  sender: Sender,
  claim: Claim,
  { settings: flags, refusals, written }: Carrying,
): Promise<AttemptSettlement> {
  const { store, clock, askForLeadIds: askedForLeadIds } = sender;
  const body = {
    lead_list: claim.leads.map(toWireLead),
    settings: { ...flags, ...(askedForLeadIds ? { return_lead_ids: true as const } : {}) },
  };
  let late = false;
  const mayWrite = () => {
    late = !holdsLease(clock, claim) || !holdsLeads(store, claim);
    // told only when the bytes have gone to the socket
    setImmediate(written);
    return !late;
  };
  sender.onRequest();
  const result = await sender.client.addLeads(claim.campaignId, body, mayWrite);
  await giveBack(store, claim.token);
  if (late) return tooLate(sender, claim);
  const emails = claim.leads.map((lead) => lead.email);
  const outcome = readOutcome(result, { campaignId: claim.campaignId, emails, askedForLeadIds }, clock.now());
  if (outcome.kind === 'no_lead_ids') sender.askForLeadIds = false;
  const httpStatus = result.kind === 'answer' ? result.status : null;
  const diagnosis = await diagnose(sender, claim, { outcome, ...statusAndBody(result) }, refusals);
  const settlement = settlePush(claim, outcome, diagnosis, settleContext(sender, httpStatus));
  const rested = withRest(settlement, restAskedFor(result, clock.now()));
  // What broke while this machine stood still says nothing about Smartlead.
  return result.kind === 'no_answer' && result.stalled ? rested : withBreaker(sender, claim, rested);
}

/** A look-up that cannot be read says nothing about whether pushes get through; one that cannot be sent does. */
function lookedUp(sender: Sender, claim: Claim, settlement: AttemptSettlement): AttemptSettlement {
  return settlement.outcome === 'unknown' ? settlement : withBreaker(sender, claim, settlement);
}

/** What is read once for a claim, and who is told of it. */
export interface Carrying {
  settings: PushFlags;
  refusals: Refusals;
  /** Called when the request's bytes have left, or never will. */
  written: () => void;
}

async function answerOf(sender: Sender, claim: Claim, carrying: Carrying): Promise<AttemptSettlement> {
  if (!holdsLease(sender.clock, claim)) {
    await giveBack(sender.store, claim.token);
    return tooLate(sender, claim);
  }
  if (claim.step === 'push' || claim.step === 'push_again') return push(sender, claim, carrying);
  return lookedUp(sender, claim, settleLookUp(claim, await lookUp(sender, claim), settleContext(sender, null)));
}

/**
 * Carries one claim out, with the flags that were read for it, and settles it. Returns the settlement, for those who
 * report. A process that stood still until its lease was over sends nothing, and gives the leads back as they were.
 */
export async function carryOut(sender: Sender, claim: Claim, carrying: Carrying): Promise<AttemptSettlement> {
  const settlement = await answerOf(sender, claim, carrying).finally(carrying.written);
  await settleAttempt(sender.store, sender.run, sender.keyId, claim, settlement);
  return settlement;
}
