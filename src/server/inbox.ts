import type { Arrival } from '../pipeline/take-in.js';
import type { LeadOutcome } from '../store/leads/service-leads.js';

/** No transaction takes more leads than this, so that none holds others up for long. */
const MOST_AT_ONCE = 1000;

interface Request {
  arrivals: readonly Arrival[];
  resolve: (outcomes: LeadOutcome[]) => void;
  reject: (error: unknown) => void;
}

/** Gathers the leads of requests that come at the same moment into one transaction: a commit for each is five times slower. */
export class Inbox {
  readonly #take: (arrivals: readonly Arrival[]) => Promise<Map<string, LeadOutcome>>;
  #waiting: Request[] = [];
  #working = false;

  constructor(take: (arrivals: readonly Arrival[]) => Promise<Map<string, LeadOutcome>>) {
    this.#take = take;
  }

  /** Resolves when the leads are committed. */
  put(arrivals: readonly Arrival[]): Promise<LeadOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ arrivals, resolve, reject });
      if (this.#working) return;
      this.#working = true;
      setImmediate(() => void this.#work());
    });
  }

  /** Resolves when everything that was put in is committed. */
  async empty(): Promise<void> {
    while (this.#working) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#takeTogether(this.#next());
      // what has come meanwhile is heard of only between two turns of the event loop
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#working = false;
  }

  #next(): Request[] {
    let leads = 0;
    const end = this.#waiting.findIndex(({ arrivals }) => {
      leads += arrivals.length;
      return leads > MOST_AT_ONCE;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #takeTogether(requests: Request[]): Promise<void> {
    try {
      const outcomes = await this.#take(requests.flatMap(({ arrivals }) => arrivals));
      for (const { arrivals, resolve } of requests) {
        resolve(arrivals.flatMap(({ lead }) => outcomes.get(lead.email) ?? []));
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}
