import type { OrganizationConfig } from '../config/schema.js';
import type { Arrival } from '../pipeline/take-in.js';
import type { ServiceStats } from '../stats/service-stats.js';
import type { StoreKind } from '../store/engine/open.js';
import type { LeadOutcome } from '../store/leads/service-leads.js';
import type { IncomingEvent } from './webhook-events.js';

/** What the engine is made from; plain data, so that it can be sent to a thread. */
export interface EngineOptions {
  databasePath: string;
  kind: StoreKind;
  organizations: readonly OrganizationConfig[];
  /** A stand-in on this machine that takes Smartlead's place. */
  sandbox?: { url: string; key: string };
}

/** A line for the service's log. */
export interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  organization?: string;
}

/** Everything of the server that touches the database or Smartlead: it runs in a thread, so that neither holds HTTP up. */
export interface Engine {
  /** Stores leads of one request and gives where each stands, when none is on its way any more or `waitMs` are over. */
  ingest(organization: string, arrivals: readonly Arrival[], waitMs: number): Promise<LeadOutcome[]>;
  /** Stores the events of a body and works them off. False: all were known. */
  event(organization: string, event: IncomingEvent): Promise<boolean>;
  /** How organizations stand, for whatever watches over the service; a few seconds old at most. */
  stats(organizations: readonly string[]): Promise<ServiceStats[]>;
  /** What keeps the service from doing all of its work, a sentence each. */
  problems(): Promise<string[]>;
  /** Ends when what is in flight is settled. */
  stop(): Promise<void>;
}
