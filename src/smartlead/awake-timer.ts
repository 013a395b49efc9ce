/** Time in which this process was awake: a stopped process, a paused machine or a sleeping laptop waits for nobody. */

const TICK_MS = 250;
/** A tick that comes later than this tells of a stall. */
const MOST_PER_TICK_MS = 2 * TICK_MS;

/** Counts time awake from the moment it is made, until it is stopped. */
export class AwakeTimer {
  #awakeMs = 0;
  #stalledMs = 0;
  #last = performance.now();
  #limits: ReadonlyArray<{ ms: number; passed: () => void }> = [];
  readonly #ticks = setInterval(() => this.#tick(), TICK_MS);

  /** Calls `passed` once when this many milliseconds have been spent awake. */
  at(ms: number, passed: () => void): void {
    this.#limits = [...this.#limits, { ms, passed }];
  }

  /** Milliseconds that were lost in stalls so far. */
  stalledMs(): number {
    this.#count();
    return this.#stalledMs;
  }

  stop(): void {
    clearInterval(this.#ticks);
    this.#limits = [];
  }

  #count(): void {
    const now = performance.now();
    const counted = Math.min(now - this.#last, MOST_PER_TICK_MS);
    this.#awakeMs += counted;
    this.#stalledMs += now - this.#last - counted;
    this.#last = now;
  }

  #tick(): void {
    this.#count();
    const passed = this.#limits.filter(({ ms }) => ms <= this.#awakeMs);
    this.#limits = this.#limits.filter(({ ms }) => ms > this.#awakeMs);
    for (const limit of passed) limit.passed();
  }
}
