import type { Clock } from '../clock.js';
import type { SmartleadClient } from '../smartlead/client.js';
import type { PushFlags } from '../smartlead/wire.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Run } from '../store/log/runs.js';
import type { Redecide } from '../store/queue/divert.js';
import type { RateWindow } from '../store/queue/rate-budget.js';
import type { Breaker } from './breaker.js';

/** What may be changed while a run is at work. */
export interface PushSettings {
  /** Leads per request. */
  batchSize: number;
  rateLimit: readonly RateWindow[];
  settings: PushFlags;
}

/** What sending needs, the same for a whole run. */
export interface Sender {
  store: StoreContext;
  client: SmartleadClient;
  clock: Clock;
  run: Run;
  keyId: string;
  /** Read anew for each claim, which is sent with what was read for it. */
  pushSettings: () => Promise<PushSettings>;
  /** False once Smartlead has refused the setting return_lead_ids for this key. */
  askForLeadIds: boolean;
  breaker: Breaker;
  /** Asked about each lead at the moment in which it would be sent. */
  redecide?: Redecide;
  onRequest: () => void;
  random: () => number;
  /** Aborted: no further request is begun. */
  stopping: AbortSignal;
}
