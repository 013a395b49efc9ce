import type { Clock } from '../clock.js';
import type { HttpResult } from '../smartlead/exchange.js';
import { readKeyFailure, restAskedFor } from '../smartlead/failures.js';
import type { MayWrite } from '../smartlead/write-gate.js';
import type { StoreContext } from '../store/engine/context.js';
import { giveBack, type RateWindow, TokenGate, takeTokenToProbe } from '../store/queue/rate-budget.js';
import { pauseKey } from '../store/queue/stops.js';

/** A pause or a full window is waited for as long as this before each request, milliseconds. */
const LONGEST_WAIT_MS = 10_000;

/** The limit left no room for the request within a short while; it was not sent. */
export interface NoRoom {
  kind: 'no_room';
  waitMs: number;
}

export type Ask = (send: (mayWrite: MayWrite) => Promise<HttpResult>) => Promise<HttpResult | NoRoom>;

/** Makes requests that push nothing, on the budget that every process shares. A 429 pauses the key for all of them. */
export function makeAsk(
  store: StoreContext,
  keyId: string,
  windows: () => Promise<readonly RateWindow[]>,
  clock: Clock,
): Ask {
  return async (send) => {
    const began = clock.steady();
    for (;;) {
      const gate = new TokenGate(clock);
      const { token, waitMs } = await takeTokenToProbe(store, keyId, await windows());
      if (token === undefined) {
        if (clock.steady() - began + waitMs > LONGEST_WAIT_MS) return { kind: 'no_room', waitMs };
        await clock.sleep(waitMs);
        continue;
      }
      const result = await send(gate.mayWrite);
      await giveBack(store, token);
      if (gate.late) continue;
      const failure = readKeyFailure(result, clock.now());
      if (failure?.kind === 'rate_limited') {
        await pauseKey(store, keyId, failure.message, failure.waitMs);
        continue;
      }
      const restMs = restAskedFor(result, clock.now());
      if (restMs !== undefined) {
        await pauseKey(store, keyId, "Smartlead's X-RateLimit headers say that the limit is used up", restMs);
      }
      return result;
    }
  };
}
