import type { Clock } from '../../clock.js';
import { isAlive } from '../engine/owner.js';

/** What tells whether an attempt without an outcome is still being carried out. */
export interface OpenAttempt {
  id: number;
  host: string;
  boot_id: string;
  pid: number;
  process_started: string;
  lease_until: string;
  lease_steady: number;
}

/** Whether the process of an open attempt is gone, or has held it for longer than its lease. */
export function isAbandoned(attempt: OpenAttempt, clock: Clock): boolean {
  const alive = isAlive({
    host: attempt.host,
    bootId: attempt.boot_id,
    pid: attempt.pid,
    processStarted: attempt.process_started,
  });
  if (alive === undefined) return Date.parse(attempt.lease_until) < clock.now();
  return !alive || attempt.lease_steady < clock.steady();
}
