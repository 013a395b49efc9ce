import { readPushResult, restAskedFor } from '../smartlead/failures.js';
import { type PushFlags, toWireLead } from '../smartlead/wire.js';
import type { Claim } from '../store/claims.js';
import { giveBack } from '../store/rate-budget.js';
import { type AttemptSettlement, settleAttempt } from '../store/settling.js';
import type { SettleContext } from './lead-states.js';
import { lookUp } from './look-up.js';
import type { Refusals } from './refusals.js';
import type { Sender } from './sender.js';
import { settleLookUp, settlePush, unreachableStop } from './settle.js';

/** This many requests in a row without a good answer, and the key pauses for a minute; sooner when none can be sent. */
const FAILURES_BEFORE_PAUSE = 5;
const REFUSALS_BEFORE_PAUSE = 3;

/** Counts failures in a row and adds the stop that too many of them call for. */
function withBreaker(sender: Sender, settlement: AttemptSettlement): AttemptSettlement {
  const failed = settlement.outcome === 'unknown' || settlement.outcome === 'not_sent';
  sender.failuresInRow = failed ? sender.failuresInRow + 1 : 0;
  const limit = settlement.outcome === 'not_sent' ? REFUSALS_BEFORE_PAUSE : FAILURES_BEFORE_PAUSE;
  if (sender.failuresInRow < limit) return settlement;
  return { ...settlement, stop: unreachableStop(settlement.message ?? '', sender.random()) };
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

async function push(sender: Sender, claim: Claim, flags: PushFlags, refusals: Refusals): Promise<AttemptSettlement> {
  const { store, clock, askForLeadIds: askedForLeadIds } = sender;
  const body = {
    lead_list: claim.leads.map(toWireLead),
    settings: { ...flags, ...(askedForLeadIds ? { return_lead_ids: true as const } : {}) },
  };
  sender.onRequest();
  const result = await sender.client.addLeads(claim.campaignId, body);
  await giveBack(store, claim.token);
  const emails = claim.leads.map((lead) => lead.email);
  const outcome = readPushResult(result, { emails, askedForLeadIds }, clock.now());
  if (outcome.kind === 'no_lead_ids') sender.askForLeadIds = false;
  const httpStatus = result.kind === 'answer' ? result.status : null;
  const diagnosis = refusals.diagnose(claim, outcome);
  const settlement = settlePush(claim, outcome, diagnosis, settleContext(sender, httpStatus));
  return withBreaker(sender, withRest(settlement, restAskedFor(result, clock.now())));
}

/** A look-up that cannot be read says nothing about whether pushes get through; one that cannot be sent does. */
function lookedUp(sender: Sender, settlement: AttemptSettlement): AttemptSettlement {
  return settlement.outcome === 'unknown' ? settlement : withBreaker(sender, settlement);
}

/**
 * Carries one claim out, with the flags that were read for it, and settles it. Returns the settlement, for those who
 * report; undefined when this process stood still for so long that the claim is no longer its own: nothing is sent, and
 * recovery puts the leads in line again.
 */
export async function carryOut(
  sender: Sender,
  claim: Claim,
  flags: PushFlags,
  refusals: Refusals,
): Promise<AttemptSettlement | undefined> {
  if (sender.clock.steady() >= claim.leaseSteady) return undefined;
  const settlement =
    claim.step === 'push' || claim.step === 'push_again'
      ? await push(sender, claim, flags, refusals)
      : lookedUp(sender, settleLookUp(claim, await lookUp(sender, claim), settleContext(sender, null)));
  await settleAttempt(sender.store, sender.run, sender.keyId, claim, settlement);
  return settlement;
}
