import type { Clock } from '../clock.js';
import type { SmartleadClient } from '../smartlead/client.js';
import { type KeyFailure, readPushResult } from '../smartlead/failures.js';
import { readLookup } from '../smartlead/look-up.js';
import { type PushSettings, toWireLead } from '../smartlead/wire.js';
import { type Claim, renewLease } from '../store/claims.js';
import type { StoreContext } from '../store/context.js';
import { giveBack, type RateWindow, takeToken } from '../store/rate-budget.js';
import type { Run } from '../store/runs.js';
import { type AttemptSettlement, settleAttempt } from '../store/settling.js';
import type { SettleContext } from './lead-states.js';
import { settleLookUp, settlePush, unreachableStop } from './settle.js';

/** What sending needs, the same for a whole run. */
export interface Sender {
  store: StoreContext;
  client: SmartleadClient;
  clock: Clock;
  run: Run;
  keyId: string;
  windows: readonly RateWindow[];
  settings: PushSettings;
  /** False once Smartlead has refused the setting return_lead_ids for this key. */
  askForLeadIds: boolean;
  /** Failures in a row, over all campaigns, without an answer in between. */
  failuresInRow: number;
  onRequest: () => void;
  random: () => number;
}

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

function settleContext(sender: Sender, httpStatus: number | null): SettleContext {
  return { now: sender.clock.now(), random: sender.random(), runId: sender.run.id, httpStatus };
}

async function push(sender: Sender, claim: Claim): Promise<AttemptSettlement> {
  const { store, clock } = sender;
  const body = {
    lead_list: claim.leads.map(toWireLead),
    settings: { ...sender.settings, ...(sender.askForLeadIds ? { return_lead_ids: true as const } : {}) },
  };
  sender.onRequest();
  const result = await sender.client.addLeads(claim.campaignId, body);
  if (claim.token !== undefined) await giveBack(store, claim.token);
  const emails = claim.leads.map((lead) => lead.email);
  const outcome = readPushResult(result, emails, clock.now());
  if (outcome.kind === 'no_lead_ids') sender.askForLeadIds = false;
  const httpStatus = result.kind === 'answer' ? result.status : null;
  return withBreaker(sender, settlePush(claim, outcome, settleContext(sender, httpStatus)));
}

/** Waits for the right to make one request that claims nothing; undefined when the key is stopped meanwhile. */
async function waitForToken(sender: Sender): Promise<number | undefined> {
  for (;;) {
    const answer = await takeToken(sender.store, sender.keyId, sender.windows);
    if ('stopped' in answer) return undefined;
    if (answer.token !== undefined) return answer.token;
    await sender.clock.sleep(answer.waitMs);
  }
}

/** Asks Smartlead about each lead: the way out when its answer to the push proved nothing. */
async function lookUp(sender: Sender, claim: Claim): Promise<AttemptSettlement> {
  const found: Array<{ present: boolean; smartleadLeadId: string | null }> = [];
  let failure: KeyFailure | undefined;
  for (const lead of claim.leads) {
    await renewLease(sender.store, claim.attemptId);
    const token = await waitForToken(sender);
    if (token === undefined) break;
    sender.onRequest();
    const result = await sender.client.findLead(lead.email);
    await giveBack(sender.store, token);
    const answer = readLookup(result, lead.email, claim.campaignId, sender.clock.now());
    if (answer.kind !== 'known') {
      failure = answer;
      break;
    }
    found.push(answer);
  }
  return withBreaker(sender, settleLookUp(claim, found, failure, settleContext(sender, null)));
}

/** Carries one claim out and settles it. Returns the settlement, for those who report. */
export async function carryOut(sender: Sender, claim: Claim): Promise<AttemptSettlement> {
  const settlement = claim.step === 'push' ? await push(sender, claim) : await lookUp(sender, claim);
  await settleAttempt(sender.store, sender.run, sender.keyId, claim, settlement);
  return settlement;
}
