/** How many requests a key may make: so many at once, then so many a second. */
export interface Allowance {
  burst: number;
  perSecond: number;
}

export const DEFAULT_ALLOWANCE: Allowance = { burst: 5000, perSecond: 500 };

/** A token bucket for each key. Full ones are forgotten, so that it does not grow with the keys there ever were. */
export class Allowances {
  readonly #allowance: Allowance;
  readonly #steady: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  #sweptAt = 0;

  constructor(allowance: Allowance, steady: () => number) {
    this.#allowance = allowance;
    this.#steady = steady;
  }

  /** Takes one request of a key. 0: it may go; else how many seconds it has to wait. */
  take(key: string): number {
    const { burst, perSecond } = this.#allowance;
    const now = this.#steady();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    this.#sweep(now);
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    bucket.tokens--;
    return 0;
  }

  #sweep(now: number): void {
    const fullAfterMs = (this.#allowance.burst / this.#allowance.perSecond) * 1000;
    if (now - this.#sweptAt < fullAfterMs) return;
    this.#sweptAt = now;
    for (const [key, { at }] of this.#buckets) if (now - at >= fullAfterMs) this.#buckets.delete(key);
  }
}
