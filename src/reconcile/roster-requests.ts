import { isoTime } from '../clock.js';
import { WORTH_A_TRY } from '../delivery/deliver.js';
import { LIFTED_BY_ANSWER, stopFor } from '../delivery/settle.js';
import { STOP_TEXT } from '../pipeline/problems.js';
import type { HttpResult } from '../smartlead/exchange.js';
import { readKeyFailure, restAskedFor } from '../smartlead/failures.js';
import type { MayWrite } from '../smartlead/write-gate.js';
import { giveBack, TokenGate, takeToken } from '../store/queue/rate-budget.js';
import { newestStop, noteAnswer, type Stop } from '../store/queue/stops.js';
import type { ReconcileRequest } from './reconcile-types.js';

/** Why no further request is made. */
export type AskingEnd =
  | { kind: 'interrupted' }
  | { kind: 'key_refused'; message: string }
  /** Smartlead, or its limit, is not to be had for longer than may be waited for. */
  | { kind: 'not_to_be_had'; message: string };

/** A request that brings no usable answer is made this often before Smartlead counts as out of reach. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1000;

/**
 * Makes the requests of one reconciliation, one after the other, on the budget that all processes share. Pauses are
 * sat out as long as they may be; a pause, or a refusal of the key, is written down for the other processes.
 */
export class RosterRequests {
  readonly #request: ReconcileRequest;
  #oldStops: number | undefined;
  #waitedMs = 0;
  made = 0;
  end: AskingEnd | undefined;

  constructor(request: ReconcileRequest) {
    this.#request = request;
  }

  /** Makes one request; undefined when {@link end} says why there will be no more. */
  async ask(send: (mayWrite: MayWrite) => Promise<HttpResult>): Promise<HttpResult | undefined> {
    const { store, clock, smartlead, organization } = this.#request;
    for (let failures = 0; ; ) {
      const taken = await this.#token();
      if (taken === undefined) return undefined;
      const { token, gate } = taken;
      const upTo = await newestStop(store);
      const result = await send(gate.mayWrite);
      await giveBack(store, token);
      if (gate.late) continue;
      this.made++;
      const failure = readKeyFailure(result, clock.now());
      const restMs = restAskedFor(result, clock.now());
      const rest = { campaignId: '', reason: 'rate_limit', forMs: restMs ?? 0 } as const;
      const message = "Smartlead's X-RateLimit headers say that the limit is used up";
      const stop = failure ? stopFor(failure, '') : restMs === undefined ? undefined : { ...rest, message };
      const lift = failure && failure.kind !== 'rate_limited' ? [] : LIFTED_BY_ANSWER;
      await noteAnswer(store, smartlead.keyId, { stop, lift, upTo, acceptedFor: failure ? undefined : organization });
      if (!failure) {
        this.#waitedMs = 0;
        return result;
      }
      if (stop) continue;
      failures++;
      const pause = FIRST_PAUSE_MS * 2 ** (failures - 1);
      if (failures === TRIES || !(await this.#sitOut(pause, failure.message))) {
        this.end ??= { kind: 'not_to_be_had', message: `Smartlead cannot be reached: ${failure.message}` };
        return undefined;
      }
    }
  }

  /** Used-up credits keep nobody from reading; a key that was stopped before this began is tried as every run does. */
  #passes(stop: Stop): boolean {
    if (stop.reason === 'credit_limit') return true;
    if (stop.reason === 'unreachable' && stop.leftMs === 0) return true;
    return WORTH_A_TRY.has(stop.reason) && stop.id <= (this.#oldStops ?? 0);
  }

  async #token(): Promise<{ token: number; gate: TokenGate } | undefined> {
    const { store, clock, smartlead, windows, stopping, maxWaitMs } = this.#request;
    this.#oldStops ??= await newestStop(store);
    while (!stopping.aborted) {
      const gate = new TokenGate(clock);
      const answer = await takeToken(store, smartlead.keyId, await windows(), (stop) => this.#passes(stop));
      if ('stopped' in answer) {
        const { stopped } = answer;
        if (stopped.leftMs !== null && (await this.#sitOut(stopped.leftMs + 1, stopped.message))) continue;
        this.end ??= endedBy(stopped);
        return undefined;
      }
      if (answer.token !== undefined) return { token: answer.token, gate };
      // The limit's own windows are short; only pauses add up.
      if (answer.waitMs > maxWaitMs) {
        const at = isoTime(clock.now() + answer.waitMs);
        this.end = { kind: 'not_to_be_had', message: `the request limit is used up; it can go on at ${at}` };
        return undefined;
      }
      await clock.sleep(answer.waitMs, stopping);
    }
    this.end ??= { kind: 'interrupted' };
    return undefined;
  }

  /** Sits a pause out. False when all pauses together are longer than may be waited, or the run is to stop. */
  async #sitOut(ms: number, why: string): Promise<boolean> {
    const { clock, stopping, maxWaitMs, report } = this.#request;
    if (this.#waitedMs + ms > maxWaitMs) return false;
    this.#waitedMs += ms;
    report.waiting(why, ms);
    await clock.sleep(ms, stopping);
    if (stopping.aborted) this.end ??= { kind: 'interrupted' };
    return !stopping.aborted;
  }
}

function endedBy(stop: Stop): AskingEnd {
  if (stop.reason === 'auth') return { kind: 'key_refused', message: stop.message };
  const until = stop.until === null ? '' : `; it can go on at ${stop.until}`;
  return { kind: 'not_to_be_had', message: `${STOP_TEXT[stop.reason]}: ${stop.message}${until}` };
}
