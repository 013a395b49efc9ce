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

/**
 * Sleeps until the time is over, `stopping` aborts, or one of `others` comes first. Leaves nothing behind, neither a timer
 * nor a listener: `AbortSignal.any` would, on a signal that lives as long as a service.
 */
export async function sleepOr(
  clock: Clock,
  ms: number,
  stopping: AbortSignal,
  others: Iterable<Promise<void>>,
): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  if (stopping.aborted) return;
  stopping.addEventListener('abort', wake);
  try {
    await Promise.race([clock.sleep(ms, woken.signal), ...others]);
  } finally {
    stopping.removeEventListener('abort', wake);
    wake();
  }
}

/** ISO 8601 in UTC with milliseconds, as every time in the database is written. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
