import { sleepOr } from '../clock.js';
import { reclaimFromOtherRuns } from '../store/log/runs.js';
import type { Claim } from '../store/queue/claim.js';
import { claimBatch } from '../store/queue/claims.js';
import type { AttemptSettlement } from '../store/queue/settlement.js';
import { recoverAttempts } from '../store/queue/settling.js';
import { listStops, type Stop, type StopReason } from '../store/queue/stops.js';
import type { Nudge } from './nudge.js';
import { Refusals } from './refusals.js';
import { carryOut } from './send.js';
import type { PushSettings, Sender } from './sender.js';

/** What the delivery of one run is given besides what sending needs. */
export interface Delivery extends Sender {
  /** The longest pause to sit out, milliseconds. */
  maxWaitMs: number;
  /** Rings when leads were stored, and once more when the input has ended. */
  arrivals: Nudge;
  /** Whether more leads may still come. */
  reading: () => boolean;
  /** Whether a stop that stood before it began is tried once, with one lead. */
  tries: (stop: Stop) => boolean;
  report: {
    pushing(claim: Claim): void;
    settled(claim: Claim, settlement: AttemptSettlement): void;
    /** The run sits a pause out, for about `ms` milliseconds. */
    waiting(why: string, ms: number): void;
  };
}

/** How the delivery of a run ended. */
export interface DeliveryEnd {
  /** The key was stopped, or a pause was longer than the run may wait: nothing more was pushed. */
  stoppedBy: Stop | undefined;
  /** The limit's own windows asked for a longer wait than the run may take, milliseconds. */
  limitWaitMs: number | undefined;
  /** The last thing known of Smartlead is that it cannot be reached. */
  unreachable: string | undefined;
}

/** Requests on their way at once; the rate budget is the real bound, this one keeps a long window from flooding. */
const MAX_IN_FLIGHT = 10;
const RECOVER_EVERY_MS = 5_000;
const OTHERS_POLL_MS = 250;
/** So long a request may take to be on its way before the next one is claimed, milliseconds. */
const LAUNCH_MS = 50;
/** Stops that a new run may try out once, with a single request. */
export const WORTH_A_TRY: ReadonlySet<StopReason> = new Set<StopReason>([
  'auth',
  'cdn_block',
  'redirect',
  'unreachable',
]);

/**
 * Pushes everything the run has to push: claim, send, settle, until nothing is left, the key stops or `stopping`
 * aborts. Leads that other processes have in flight are waited for. Never throws for what Smartlead answers.
 */
export async function deliver(delivery: Delivery): Promise<DeliveryEnd> {
  const { store, clock, run, stopping } = delivery;
  const oldStops = (await listStops(store, delivery.keyId)).filter(delivery.tries);
  const untried = new Set(oldStops.filter(({ reason }) => WORTH_A_TRY.has(reason)).map(({ id }) => id));
  const trying = new Set(oldStops.filter(({ campaignId }) => campaignId !== '').map(({ id }) => id));
  const probed = new Set<string>();
  const refusals = new Refusals();
  const inFlight = new Set<Promise<void>>();
  const end: DeliveryEnd = { stoppedBy: undefined, limitWaitMs: undefined, unreachable: undefined };
  let failure: unknown;
  let probing = false;
  let stoppedIt = false;
  let waitedMs = 0;
  let after = '';
  let recoveredAt = Number.NEGATIVE_INFINITY;

  async function recoverNowAndThen(): Promise<void> {
    if (clock.steady() - recoveredAt < RECOVER_EVERY_MS) return;
    recoveredAt = clock.steady();
    await recoverAttempts(store);
  }

  async function launch(claim: Claim, { settings }: PushSettings): Promise<void> {
    after = claim.campaignId;
    probing ||= claim.probe?.campaignId === '';
    if (claim.probe) {
      for (const stop of oldStops) if (stop.campaignId === claim.campaignId) trying.delete(stop.id);
      probed.add(claim.campaignId);
    }
    delivery.report.pushing(claim);
    let tell: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const sent = carryOut(delivery, claim, { settings, refusals, written: tell })
      .then((settlement) => {
        delivery.report.settled(claim, settlement);
        const reached = !['not_sent', 'unknown', 'too_late'].includes(settlement.outcome);
        if (settlement.outcome === 'not_sent') end.unreachable = settlement.message ?? '';
        else end.unreachable = undefined;
        // Being told to wait is no progress: a limit that never frees must end the run, too.
        if (reached && settlement.outcome !== 'rate_limited') waitedMs = 0;
        if (settlement.stop) stoppedIt ||= settlement.stop.campaignId === '' && settlement.stop.reason !== 'rate_limit';
        else if (settlement.lift.length > 0) stoppedIt = false;
        if (reached && settlement.stop?.campaignId !== '') probing = false;
      })
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        inFlight.delete(sent);
        if (claim.probe) probed.delete(claim.campaignId);
      });
    inFlight.add(sent);
    // the event loop turns, so that a claim's bytes leave before the next claim is committed
    await sleepOr(clock, LAUNCH_MS, stopping, [written]);
  }

  /** Sits a wait out, or until something in flight comes back. False when it is longer than the run may wait. */
  async function sitOut(ms: number, why: string | undefined): Promise<boolean> {
    // The limit's own windows are short; pauses add up until Smartlead answers again.
    if ((why === undefined ? 0 : waitedMs) + ms > delivery.maxWaitMs) return false;
    if (why !== undefined) delivery.report.waiting(why, ms);
    const began = clock.steady();
    await sleepOr(clock, ms, stopping, inFlight);
    if (why !== undefined) waitedMs += clock.steady() - began;
    return true;
  }

  /** Nothing to claim: wait for what may bring more. False when nothing will. */
  async function waitForMore(rings: number): Promise<boolean> {
    if (inFlight.size > 0 || delivery.reading()) {
      await sleepOr(clock, RECOVER_EVERY_MS, stopping, [...inFlight, delivery.arrivals.heard(rings)]);
      return true;
    }
    const { reclaimed, waiting } = await reclaimFromOtherRuns(store, run);
    if (reclaimed > 0) return true;
    return waiting > 0 && sitOut(OTHERS_POLL_MS, 'leads that another process is pushing');
  }

  /** A stopped key: try it once if the stop is older than the run, sit a short one out, else give up. */
  async function faceStop(stop: Stop): Promise<boolean> {
    if (inFlight.size > 0) {
      await Promise.race(inFlight);
      return true;
    }
    if (untried.delete(stop.id)) {
      trying.add(stop.id);
      probing = true;
      return true;
    }
    if (stop.leftMs !== null && (await sitOut(stop.leftMs + 1, stop.message))) return true;
    end.stoppedBy = stop;
    return false;
  }

  async function step(): Promise<boolean> {
    if (inFlight.size >= (probing ? 1 : MAX_IN_FLIGHT)) {
      await Promise.race(inFlight);
      return true;
    }
    await recoverNowAndThen();
    const { rings } = delivery.arrivals;
    const current = await delivery.pushSettings();
    const answer = await claimBatch(store, {
      run,
      keyId: delivery.keyId,
      batchSize: current.batchSize,
      windows: current.rateLimit,
      onlyFullBatches: delivery.reading(),
      trying,
      probed,
      after,
      ...(delivery.redecide ? { redecide: delivery.redecide } : {}),
    });
    switch (answer.kind) {
      case 'claimed':
        await launch(answer.claim, current);
        return true;
      case 'wait':
        if (await sitOut(answer.ms, answer.pausedBy?.message)) return true;
        end.stoppedBy = answer.pausedBy;
        if (!answer.pausedBy) end.limitWaitMs = answer.ms;
        return false;
      case 'stopped':
        return faceStop(answer.by);
      case 'nothing':
        return waitForMore(rings);
      default:
        return answer satisfies never;
    }
  }

  try {
    while (!stopping.aborted && failure === undefined && (await step())) {
      // each step either sends, waits or ends the loop
    }
  } catch (error) {
    failure ??= error;
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw failure;
  if (stoppedIt) {
    const stops = await listStops(store, delivery.keyId);
    end.stoppedBy ??= stops.find((stop) => stop.campaignId === '' && stop.reason !== 'rate_limit');
  }
  return end;
}
