import { setTimeout as wait } from 'node:timers/promises';

/** Where time comes from. Passed in, so that tests can set it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may step forward, and back only between processes. */
  now(): number;
  /** Milliseconds of a clock that never steps and that all processes of this machine share until it boots again. */
  steady(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const steady = () => Math.floor(Number(process.hrtime.bigint() / 1000n) / 1000);
const startedAt = Date.now() - steady();

export const systemClock: Clock = {
  // A clock set back under a running process must not make what is due now due in an hour.
  now: () => Math.max(Date.now(), startedAt + steady()),
  steady,
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal ? { signal } : {});
    } catch {
      // aborted: the caller looks at the signal
    }
  },
};

/** ISO 8601 in UTC with milliseconds, as every time in the database is written. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
