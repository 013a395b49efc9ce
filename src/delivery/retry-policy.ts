/** Attempts that left a lead's outcome unknown or failed, after which drason stops trying by itself. */
export const MAX_ATTEMPTS = 12;

const FIRST_MS = 30_000;
const LONGEST_MS = 6 * 3_600_000;

/**
 * How long after the n-th attempt (from 1) the next one is due, milliseconds: half fixed, half drawn, doubling from
 * 30 s to 6 h. `random` is in [0, 1) and drawn once an attempt, so that a batch comes back as a batch.
 */
export function retryDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(longest / 2 + random * (longest / 2));
}
