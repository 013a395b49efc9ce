/** Wakes whoever waits: the reading side rings when new leads are stored. A ring between two waits is never missed. */
export class Nudge {
  #rings = 0;
  #wake: (() => void) | undefined;

  /** How often it has rung; take it before looking for work, and pass it to {@link heard}. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings++;
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Resolves when it has rung since `rings` was taken. One waiter at a time. */
  async heard(rings: number): Promise<void> {
    if (this.#rings !== rings) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
