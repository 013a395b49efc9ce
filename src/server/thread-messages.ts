import type { Arrival } from '../pipeline/take-in.js';
import type { ServiceStats } from '../stats/service-stats.js';
import type { LeadOutcome } from '../store/leads/service-leads.js';
import type { LogLine } from './engine.js';
import type { IncomingEvent } from './webhook-events.js';

/** What the HTTP side asks of the engine's thread. */
export type Question = { id: number } & (
  | { ask: 'ingest'; organization: string; arrivals: readonly Arrival[]; waitMs: number }
  | { ask: 'event'; organization: string; event: IncomingEvent }
  | { ask: 'problems' }
  | { ask: 'stats'; organizations: readonly string[] }
  | { ask: 'stop' }
);

/** What the thread answers. */
export type Answer = { id: number } & (
  | { say: 'outcomes'; outcomes: LeadOutcome[] }
  | { say: 'event'; isNew: boolean }
  | { say: 'problems'; problems: string[] }
  | { say: 'stats'; stats: ServiceStats[] }
  | { say: 'stopped' }
  | { say: 'failed'; failure: Failure }
);

/** An error on its way between threads, which keep its class no more than its stack. */
export interface Failure {
  message: string;
  exitCode: number;
  next: string | undefined;
}

/** What the thread says without being asked. */
export type Notice = { say: 'ready' } | { say: 'not_started'; failure: Failure } | { say: 'log'; line: LogLine };
