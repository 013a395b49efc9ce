import type { Clock } from '../clock.js';
import type { OrganizationConfig } from '../config/schema.js';
import type { Secret } from '../config/secrets.js';
import type { Delivery } from '../delivery/deliver.js';
import type { PassedOver } from '../intake/passed-over.js';
import type { HealthClass, ReviewSign } from '../lead.js';
import type { Lacking, NoRuleCount } from '../routing/near-miss.js';
import type { SmartleadClient } from '../smartlead/client.js';
import type { StoreContext } from '../store/engine/context.js';
import type { Run } from '../store/log/runs.js';
import type { Decider } from './decide.js';
import type { SignCount } from './review-text.js';

/** Smartlead with the key of an organization; absent where there is no key, or nothing may be sent. */
export interface SmartleadAccess {
  client: SmartleadClient;
  baseUrl: string;
  /** Names the key in the database without telling it. */
  keyId: string;
  key: Secret;
  /** Smartlead itself, or a stand-in on this machine. */
  target: 'smartlead' | 'this machine';
}

/** What every run is given. */
export interface RunContext {
  store: StoreContext;
  clock: Clock;
  config: OrganizationConfig;
  decider: Decider;
  /** A string says why there is no access: the key is missing. */
  smartlead: SmartleadAccess | string;
  /** False: leads are taken in and decided, and nothing is sent (`--no-push`, `--dry-run`). */
  push: boolean;
  dryRun: boolean;
  /** It goes to a stand-in on this machine, not to Smartlead itself. */
  sandbox: boolean;
  maxWaitMs: number;
  /** Aborted by the first signal. */
  stopping: AbortSignal;
  signal: () => NodeJS.Signals | undefined;
  report: Delivery['report'] & { progress(progress: Progress): void };
}

const MOST_TEXTS = 100;

/** Counts the stop signs of a lead that is held for them. */
export function countSigns(progress: Progress, signs: readonly ReviewSign[]): void {
  for (const { column, value } of signs) {
    const count = progress.signs.get(column) ?? { column, leads: 0, texts: new Map<string, number>() };
    count.leads++;
    if (count.texts.size < MOST_TEXTS || count.texts.has(value))
      count.texts.set(value, (count.texts.get(value) ?? 0) + 1);
    progress.signs.set(column, count);
  }
}

/** What is counted while a run takes leads up. */
export interface Progress {
  rows: number;
  duplicate: number;
  rejected: number;
  /** What the inputs held that is no row. */
  passedOver: PassedOver;
  /** Rows of people who were erased: they count as blocked, and are written nowhere. */
  erased: number;
  /** Rows whose ill-formed address came earlier in the run: no second lead, and no duplicate of anybody; they count as blocked. */
  illFormedAgain: number;
  health: { green: number; yellow: number; red: number };
  elsewhere: Record<string, number>;
  /** Leads that no rule matches. */
  noRule: NoRuleCount;
  /** Fields that no column of the input gives. */
  lacking: Lacking;
  /** Stop signs for which somebody has to look at leads, by column. */
  signs: Map<string, SignCount>;
  /** Leads that were left for the push, and those whose push was settled. */
  toPush: number;
  settled: number;
  requests: number;
}

/** The part of a run that takes leads up: it saves them batch by batch and says when there are more to push. */
export type TakeUp = (run: Run, progress: Progress, stored: () => Promise<void>) => Promise<TakeUpEnd>;

/** How taking up ended. */
export interface TakeUpEnd {
  /** Why an input broke off. */
  broken?: string;
  /** Inputs that were not read to their end; absent where there are none to read. */
  unread?: readonly string[];
}

const HEALTH_KEYS = { GREEN: 'green', YELLOW: 'yellow', RED: 'red' } as const;

/** Counts one decided lead. */
export function countHealth(progress: Progress, classification: HealthClass): void {
  progress.health[HEALTH_KEYS[classification]]++;
}
