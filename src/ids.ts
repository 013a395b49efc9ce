import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const RANDOM_BYTES = 16;
/** Asking the system for random bytes costs more than inserting a lead, so they are taken for many ids at once. */
const pool = new Uint8Array(RANDOM_BYTES * 512);
let used = pool.length;
let lastMs = 0;
let inMs = 0;

/**
 * An id for what comes by the thousand, leads and requests: UUIDv7, each greater than the one before while the clock does
 * not step back, so that an index grows at its end. Each has 74 bits beside its time: 32 count within the millisecond from
 * a random start, the rest are random.
 */
export function newId(now: number): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  if (now === lastMs) {
    inMs++;
  } else {
    lastMs = now;
    // The highest bit stays free, so that counting on never overflows.
    inMs = (((random[6] ?? 0) & 0x7f) << 24) | ((random[7] ?? 0) << 16) | ((random[8] ?? 0) << 8) | (random[9] ?? 0);
  }
  return uuidv7({ random, msecs: now, seq: inMs });
}
