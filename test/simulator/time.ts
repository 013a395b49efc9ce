import { setImmediate as turn } from 'node:timers/promises';

/** Numbers of a seed: the same in the same order whenever the seed is run. */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed * 2_654_435_761;
  }
  /** In [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  below = (n: number): number => Math.floor(this.next() * n);
  between = (low: number, high: number): number => low + this.below(high - low + 1);
  chance = (probability: number): boolean => this.next() < probability;
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
  some<T>(items: readonly T[], probability: number): T[] {
    return items.filter(() => this.chance(probability));
  }
}

interface Appointment {
  at: number;
  n: number;
  what: () => void;
}

const FIRST_WALL_MS = Date.parse('2025-06-01T12:00:00.000Z');
const FIRST_STEADY_MS = 5_000_000;

/** Time that passes only when nothing is left to do before its next appointment. */
export class VirtualTime {
  #ms = 0;
  #made = 0;
  #agenda: Appointment[] = [];
  /** Of what is done in the next turn of the event loop: so many are still to be done. */
  #turning = 0;
  /** Called after everything that happens. */
  afterEach: () => void = () => undefined;

  /** Milliseconds since the trial began. */
  get ms(): number {
    return this.#ms;
  }

  /** What a clock shows. */
  readonly faces = {
    now: () => FIRST_WALL_MS + this.#ms,
    steady: () => FIRST_STEADY_MS + this.#ms,
  };

  /** Makes an appointment; the function returned cancels it. */
  in(ms: number, what: () => void): () => void {
    const appointment = { at: this.#ms + ms, n: this.#made++, what };
    const before = this.#agenda.findIndex(({ at }) => at > appointment.at);
    this.#agenda.splice(before < 0 ? this.#agenda.length : before, 0, appointment);
    return () => {
      this.#agenda = this.#agenda.filter(({ n }) => n !== appointment.n);
    };
  }

  /** From now on timers of Node's own go by this time, too. The function returned ends that. */
  takeOver(): () => void {
    const { setTimeout: timeout, setImmediate: immediate } = globalThis;
    Object.assign(globalThis, {
      setTimeout: (what: () => void, ms: number) => void this.in(ms, what),
      setImmediate: (what: () => void) => {
        this.#turning++;
        immediate(() => {
          this.#turning--;
          what();
        });
      },
    });
    return () => void Object.assign(globalThis, { setTimeout: timeout, setImmediate: immediate });
  }

  /** Lets so much time pass, or less: until `isOver` says so. */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.#ms + ms;
    for (;;) {
      do await turn();
      while (this.#turning > 0);
      if (isOver()) return;
      const [next] = this.#agenda;
      if (!next || next.at > end) break;
      this.#agenda.shift();
      this.#ms = next.at;
      next.what();
      this.afterEach();
    }
    this.#ms = end;
  }
}
