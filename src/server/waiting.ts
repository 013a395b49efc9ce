import type { HoldReason } from '../lead.js';
import type { StoreContext } from '../store/context.js';
import { type LeadOutcome, outcomesOf } from '../store/service-leads.js';

/** Reasons of a lead that is still on its way. */
const ON_ITS_WAY: ReadonlySet<HoldReason | null> = new Set<HoldReason>(['queued', 'unknown']);
/** Another process may settle a lead, which nobody tells this one. */
const LOOK_EVERY_MS = 200;

interface Request {
  organization: string;
  emails: string[];
  resolve: (outcomes: LeadOutcome[]) => void;
}

const isSettled = (outcomes: readonly LeadOutcome[]) => outcomes.every(({ holdReason }) => !ON_ITS_WAY.has(holdReason));

/** Requests that wait for their leads to be settled. */
export class Waiting {
  readonly #store: StoreContext;
  readonly #requests = new Set<Request>();
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(store: StoreContext) {
    this.#store = store;
  }

  /** Where leads stand when none is on its way any more, or after `ms` milliseconds. */
  async wait(organization: string, taken: readonly LeadOutcome[], ms: number): Promise<LeadOutcome[]> {
    if (isSettled(taken)) return [...taken];
    const emails = taken.map(({ email }) => email);
    return new Promise((resolve) => {
      const request: Request = {
        organization,
        emails,
        resolve: (outcomes) => {
          clearTimeout(timeout);
          this.#requests.delete(request);
          resolve(outcomes);
        },
      };
      const timeout = setTimeout(() => void this.#answer(request), ms);
      this.#requests.add(request);
      this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS);
    });
  }

  /** Looks whether leads have been settled; called when some may have been. */
  look(): void {
    if (this.#looking || this.#requests.size === 0) return;
    this.#looking = true;
    setImmediate(() => void this.#lookNow());
  }

  /** Answers everyone as things stand. */
  end(): void {
    for (const request of this.#requests) void this.#answer(request);
    clearInterval(this.#timer);
  }

  async #lookNow(): Promise<void> {
    this.#looking = false;
    for (const request of [...this.#requests]) {
      const outcomes = await outcomesOf(this.#store, request.organization, request.emails);
      if (isSettled(outcomes)) request.resolve(outcomes);
    }
    if (this.#requests.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #answer(request: Request): Promise<void> {
    request.resolve(await outcomesOf(this.#store, request.organization, request.emails));
  }
}
