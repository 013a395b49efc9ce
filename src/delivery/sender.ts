import type { Clock } from '../clock.js';
import type { SmartleadClient } from '../smartlead/client.js';
import type { PushSettings } from '../smartlead/wire.js';
import type { StoreContext } from '../store/context.js';
import type { RateWindow } from '../store/rate-budget.js';
import type { Run } from '../store/runs.js';

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
  /** Aborted: no further request is begun. */
  stopping: AbortSignal;
}
