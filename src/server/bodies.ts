/** How much of what is sent may be in memory at once: of strangers together, and of each key by itself. */
import type { DoorContext } from './doors.js';
import { MAX_BODY_BYTES, readBytes } from './json-body.js';
import { ApiError } from './replies.js';

/** A body that is needed to prove who sends it may be this large, bytes. */
const MAX_UNPROVEN_BYTES = 256 * 1024;
/** All of them together. */
const MAX_UNPROVEN_TOGETHER = 16 * 1024 * 1024;
/** What one key has sent and waits to be answered, bytes. */
const MAX_BYTES_A_KEY = 64 * 1024 * 1024;

const overloaded = () =>
  new ApiError(503, 'OVERLOADED', 'Too much comes at once. Send it again.', { 'retry-after': '5' });

/** Bodies of senders that have yet to prove who they are. */
interface Stranger {
  held: number;
  end: AbortController;
}

/** The bodies that are being read or worked on. */
export class Bodies {
  readonly #strangers = new Set<Stranger>();
  #strangersHold = 0;
  readonly #held = new Map<string, number>();

  /**
   * The bytes of a body of somebody who has proven nothing. When there are too many, the one that has been on its way for
   * longest is given up: an honest one takes a moment, and who sends slowly must keep nobody out. Throws an ApiError: 413
   * when it is too large, 503 when it was given up.
   */
  async readUnproven(c: DoorContext): Promise<Buffer> {
    const stranger: Stranger = { held: 0, end: new AbortController() };
    this.#strangers.add(stranger);
    const hold = (bytes: number) => {
      stranger.held += bytes;
      this.#strangersHold += bytes;
      this.#makeRoom();
    };
    try {
      return await readBytes(c, { most: MAX_UNPROVEN_BYTES, hold, signal: stranger.end.signal });
    } finally {
      this.#forget(stranger);
    }
  }

  /**
   * Reads the body of somebody who is known, and counts it until `use` is done with it. Throws an ApiError: 413 when it
   * is too large, 503 when they have too much under way.
   */
  async withBody<T>(c: DoorContext, who: string, use: (bytes: Buffer) => Promise<T>): Promise<T> {
    let held = 0;
    const hold = (bytes: number) => {
      const together = (this.#held.get(who) ?? 0) + bytes;
      if (together > MAX_BYTES_A_KEY) throw overloaded();
      held += bytes;
      this.#held.set(who, together);
    };
    try {
      return await use(await readBytes(c, { most: MAX_BODY_BYTES, hold }));
    } finally {
      const left = (this.#held.get(who) ?? 0) - held;
      if (left > 0) this.#held.set(who, left);
      else this.#held.delete(who);
    }
  }

  #makeRoom(): void {
    for (const stranger of this.#strangers) {
      if (this.#strangersHold <= MAX_UNPROVEN_TOGETHER) return;
      if (stranger.held === 0) continue;
      this.#forget(stranger);
      stranger.end.abort(overloaded());
    }
  }

  #forget(stranger: Stranger): void {
    if (this.#strangers.delete(stranger)) this.#strangersHold -= stranger.held;
  }
}
