import { type Clock, isoTime } from '../../clock.js';

/** No due time is set further ahead than this, milliseconds. */
const LONGEST_WAIT_MS = 6 * 3_600_000;

/**
 * SQL: the time of a lead has come. A clock that was set back must not hold leads up: a lead that was due at once when
 * it was written still is, and a time further off than any wait drason sets counts as come. Takes {@link dueValues}.
 */
export const IS_DUE = '(next_attempt_at <= ? OR next_attempt_at <= updated_at OR next_attempt_at > ?)';

/** The values for {@link IS_DUE}. */
export function dueValues(clock: Clock): [string, string] {
  const now = clock.now();
  return [isoTime(now), isoTime(now + LONGEST_WAIT_MS)];
}
